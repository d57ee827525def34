package import Messaging

/// What is audited: an installation, by its URLs.
package struct AuditTarget: Sendable {
    /// A row of history's table of messages.
    package struct Row: Sendable {
        package let conversation: String
        package let id: MessageID
        package let sender: String
        package let data: [UInt8]

        /// A row of its parts.
        package init(conversation: String, id: MessageID, sender: String, data: [UInt8]) {
            self.conversation = conversation
            self.id = id
            self.sender = sender
            self.data = data
        }
    }

    /// Hands over every row of messages whose sender's name begins with `prefix`, one after the other.
    package typealias Rows =
        @Sendable (_ prefix: String, _ take: @Sendable (Row) async throws -> Void) async throws -> Void

    /// `ws://host:port/ws` of each edge.
    package var edges: [String]
    /// Base URLs of the REST interfaces.
    package var router: String
    package var presence: String
    package var history: String
    /// What tokens are signed with.
    package var secret: String
    /// How to look into Postgres itself; nil where that cannot be reached: then what REST shows is all that is judged.
    package var rows: Rows?

    /// A target of its parts.
    package init(
        edges: [String], router: String, presence: String, history: String, secret: String, rows: Rows? = nil
    ) {
        self.edges = edges
        self.router = router
        self.presence = presence
        self.history = history
        self.secret = secret
        self.rows = rows
    }
}
