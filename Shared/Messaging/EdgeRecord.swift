/// What the hash `edges` holds of a live edge, as JSON. The edge renews it every 5 s; presence removes it when it has expired.
///
/// Times are ms since the Unix epoch by Redis' clock, and are set by the script that writes the record.
public struct EdgeRecord: Codable, Hashable, Sendable {
    /// The incarnation, `<edge>:<boot>`.
    public var incarnation: String
    /// Where clients reach this edge, e.g. `ws://127.0.0.1:9101/ws`; empty when only through the gateway.
    public var url: String
    /// Sessions held now.
    public var sessions: Int
    /// Whether it is on its way out and takes no new sessions.
    public var draining: Bool
    /// When this incarnation began.
    public var since: Int64
    /// When the lease ends.
    public var expires: Int64

    /// A record of its parts.
    public init(incarnation: String, url: String, sessions: Int, draining: Bool, since: Int64, expires: Int64) {
        self.incarnation = incarnation
        self.url = url
        self.sessions = sessions
        self.draining = draining
        self.since = since
        self.expires = expires
    }
}
