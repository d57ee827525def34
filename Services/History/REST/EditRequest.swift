import Messaging
import ServiceRuntime

/// The body of `PATCH /v1/conversations/{conversation}/messages/{id}`: `{"data":…}`.
struct EditRequest: Equatable {
    /// The client's JSON, byte for byte as it stands in the body.
    var data: [UInt8]

    /// Reads a body. Unknown fields are ignored.
    ///
    /// - Parameter limit: The most bytes of `data`.
    /// - Throws: `Problem` 400 that names the field, 413 when `data` is too long.
    init(_ body: [UInt8], limit: Int) throws(Problem) {
        guard String(validating: body, as: UTF8.self) != nil else { throw .badRequest("the body is not UTF-8") }
        var data: Range<Int>?
        var scanner = JSONScanner()
        do throws(JSONScanner.Failure) {
            while let member = try scanner.next(in: body.span) {
                let key = JSONScanner.text(member.key, isEscaped: member.isKeyEscaped, in: body.span)
                if key == "data" { data = member.value }
            }
        } catch {
            throw .badRequest("the body is not the JSON object expected: \(error)")
        }
        guard let data else { throw .badRequest("data: is missing: give any JSON value") }
        guard data.count <= limit else { throw .tooLarge("data: has \(data.count) bytes; the most is \(limit)") }
        self.data = Array(body[data])
    }
}
