/// What an edge says of one of its sessions when an operator wants to know; nothing of its token or of what it was sent.
///
/// A field that an older edge does not know is missing when it is read, and one that a newer edge adds is ignored.
public struct SessionReport: Codable, Hashable, Sendable {
    public var session: String
    public var device: String
    /// What is spoken, such as `switchboard.v1`.
    public var speaks: String?
    /// `pending` while it is being registered, `live`, or `ended`.
    public var state: String?
    /// Since when it has been connected (ms).
    public var since: Int64?
    /// When its token ends (ms).
    public var expires: Int64?
    /// The cursor up to which it has been sent everything.
    public var sent: String?
    /// The cursor up to which it has everything, as the edge knows; nil before it is registered.
    public var acknowledged: String?
    /// The last cursor that the edge knows to have been given in the inbox.
    public var known: String?
    /// Bytes on their way that the socket has not taken.
    public var queue: Int?
    /// Sends that are not answered yet.
    public var inFlight: Int?
    /// Why the client is not listened to for the moment: `registering`, `in_flight`, `leaving`.
    public var held: [String]?
    /// Whether the rest waits in the inbox because the socket is slow.
    public var isSlow: Bool?

    private enum CodingKeys: String, CodingKey {
        case session, device, state, since, expires, sent, acknowledged, known, queue, inFlight, held
        case speaks = "protocol"
        case isSlow = "slow"
    }

    /// A report that says only which session it is of.
    public init(session: String, device: String) {
        self.session = session
        self.device = device
    }
}
