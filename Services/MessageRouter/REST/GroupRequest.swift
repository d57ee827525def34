import FoundationEssentials
import HTTPTypes
import Messaging
import RedisStreams
import ServiceRuntime

/// The body of `PUT /v1/groups/{id}`.
struct GroupRequest: Equatable {
    /// The longest name, in bytes of UTF-8.
    static let longestName = 256

    /// The greatest body read, 16 MiB: the ids of as many members as a group may have.
    static let maximumBodySize = 16 << 20

    /// The greatest body with so many members: room for each as long as an id may be, and for JSON of any style, but never less than of other requests.
    static func bodySize(members: Int) -> Int {
        let each = maximumBodySize / ApplyMembershipScript.limit
        return min(maximumBodySize, max(RESTContext.maximumBodySize, members * each))
    }

    var name: String
    /// Each once, in the order given.
    var members: [String]

    private struct Body: Decodable {
        var name: String
        var members: [String]
    }

    /// Reads a body. Unknown fields are ignored.
    /// - Throws: `Problem` 400 that names the field.
    init(_ body: [UInt8]) throws(Problem) {
        let read: Body
        do {
            read = try JSONDecoder().decode(Body.self, from: Data(body))
        } catch let error as DecodingError {
            throw .badRequest(Self.reason(error))
        } catch {
            throw .badRequest("the body is not a JSON object")
        }
        guard !read.name.isEmpty, read.name.utf8.count <= Self.longestName else {
            throw .badRequest("field 'name' must be 1 to \(Self.longestName) bytes of text")
        }
        var seen: Set<String> = []
        for member in read.members where !Identifier.isValid(member) {
            throw .badRequest("field 'members' must be user ids, each \(Identifier.rule)")
        }
        name = read.name
        members = read.members.filter { seen.insert($0).inserted }
        try Self.check(count: members.count)
    }

    /// The greatest body of any request to the service.
    static func bodyLimit(_ request: HTTPRequest) -> Int {
        request.method == .put && request.path?.hasPrefix("/v1/groups/") == true
            ? maximumBodySize : RESTContext.maximumBodySize
    }

    /// - Throws: `Problem` 400 for more members than a group may have.
    static func check(count: Int) throws(Problem) {
        guard count <= ApplyMembershipScript.limit else {
            throw .badRequest("field 'members': a group has at most \(ApplyMembershipScript.limit) members")
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _):
            "field '\(key.stringValue)' is missing: give {\"name\":…,\"members\":[…]}"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.first.map {
                "field '\($0.stringValue)' must be \($0.stringValue == "name" ? "a string" : "an array of strings")"
            } ?? "the body must be a JSON object"
        default: "the body is not JSON"
        }
    }
}
