/// How a session's connection came to its end, for those who look into it later.
///
/// As it stands in Redis: `<at, ms> <code> <who> <session> <device> <edge>`.
public struct Closing: Hashable, Sendable {
    /// Who ended it.
    public enum Party: String, Sendable {
        case server, client
        /// Nobody said anything: the connection was gone.
        case network
    }

    /// The close code: that of the server's frame, or of the client's; 1005 when the client gave none, 1006 when there was no frame.
    /// Source: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
    public var code: UInt16
    public var party: Party

    /// A closing of its parts.
    public init(code: UInt16, party: Party) {
        self.code = code
        self.party = party
    }

    /// The connection was gone.
    public static let lost = Closing(code: 1006, party: .network)
}
