/// A frame from the server as PROTOCOL.md has it, with whichever fields it bears.
package struct ServerMessage: Decodable, Sendable {
    package let type: String
    package var n: Int?
    package var id: String?
    package var conversation: String?
    package var cursor: String?
    package var from: String?
    package var to: String?
    package var at: Int64?
    package var data: JSONValue?
    package var attachments: JSONValue?
    /// What an `edited` or `deleted` is known by.
    package var change: String?
    package var duplicate: Bool?
    package var code: String?
    package var message: String?
    package var retryAfter: Double?
    package var after: String?
    package var reason: String?
    package var user: String?
    package var device: String?
    package var session: String?
    package var edge: String?
    package var heartbeat: Int?
    package var limits: JSONValue?
    package var status: String?
    package var state: String?
    /// The text of a `presence` frame.
    package var words: String?

    /// The body, when it is a JSON string.
    package var text: String? { data?.string }
}

extension ServerMessage {
    private enum CodingKeys: String, CodingKey {
        case type, n, id, conversation, cursor, from, to, at, data, duplicate, code, message, retryAfter, after, reason
        case user, device, session, edge, heartbeat, limits, status, state, attachments, change
        case words = "text"
    }
}
