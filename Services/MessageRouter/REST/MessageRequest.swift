import Messaging
import ServiceRuntime

/// The body of `POST /v1/messages`.
struct MessageRequest: Equatable {
    var to: Destination
    /// The client's JSON, byte for byte as it stands in the body.
    var data: [UInt8]
    /// Nil: the caller.
    var from: String?
    /// As ``Attachment/list(_:in:)`` gives them; empty for none.
    var attachments: [UInt8]

    /// Reads a body. Unknown fields are ignored.
    ///
    /// - Parameter limit: The most bytes of `data`.
    /// - Throws: `Problem` 400 that names the field, 413 when `data` is too long.
    init(_ body: [UInt8], limit: Int) throws(Problem) {
        guard UTF8Check.isValid(body) else { throw .badRequest("the body is not UTF-8") }
        var to: String?
        var data: Range<Int>?
        var from: String?
        var attachments: [UInt8] = []
        var scanner = JSONScanner()
        do {
            while let member = try scanner.next(in: body.span) {
                let key = JSONScanner.text(member.key, isEscaped: member.isKeyEscaped, in: body.span)
                switch key {
                case "to": to = try Self.text(of: member, key, body)
                case "from": from = try Self.text(of: member, key, body)
                case "data": data = member.value
                case "attachments": attachments = try Self.attachments(member, body)
                default: break
                }
            }
        } catch let failure as JSONScanner.Failure {
            throw .badRequest("the body is not the JSON object expected: \(failure)")
        } catch let problem as Problem {
            throw problem
        } catch {
            throw .internalError
        }
        guard let to else { throw .badRequest("field 'to' is missing: give \(Destination.rule)") }
        guard let destination = Destination(to) else { throw .badRequest("field 'to' must be \(Destination.rule)") }
        if let from, !Identifier.isValid(from) {
            throw .badRequest("field 'from' must be a user id: \(Identifier.rule)")
        }
        guard let data else { throw .badRequest("field 'data' is missing: give any JSON value") }
        guard data.count + attachments.count <= limit else {
            throw .tooLarge(
                attachments.isEmpty
                    ? "field 'data' has \(data.count) bytes; the most is \(limit)"
                    : "fields 'data' and 'attachments' have \(data.count + attachments.count) bytes together; the most is \(limit)"
            )
        }
        self.to = destination
        self.data = Array(body[data])
        self.from = from
        self.attachments = attachments
    }

    /// A message of the caller's own whose data was made here.
    ///
    /// - Parameter name: What the caller gave the data as.
    /// - Throws: `Problem` 413 when the data is longer than `limit`.
    init(to: Destination, data: [UInt8], limit: Int, of name: String) throws(Problem) {
        guard data.count <= limit else {
            throw .tooLarge("\(name) makes a message of \(data.count) bytes; the most is \(limit)")
        }
        self.to = to
        self.data = data
        from = nil
        attachments = []
    }

    private static func attachments(_ member: JSONScanner.Member, _ body: [UInt8]) throws(Problem) -> [UInt8] {
        guard member.kind != .null else { return [] }
        do throws(MessagingError) {
            return try Attachment.list(member.value, in: body.span)
        } catch {
            throw .badRequest(error.description)
        }
    }

    private static func text(of member: JSONScanner.Member, _ key: String, _ body: [UInt8]) throws(Problem) -> String {
        guard member.kind == .string else { throw .badRequest("field '\(key)' must be a string") }
        let inner = member.value.lowerBound + 1..<member.value.upperBound - 1
        return JSONScanner.text(inner, isEscaped: member.isValueEscaped, in: body.span)
    }
}

/// Whether bytes are UTF-8, which the JSON scanner takes for granted.
enum UTF8Check {
    static func isValid(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }
}
