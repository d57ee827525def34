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
    /// Its weight on the ring, 1 to 100.
    public var capacity: Int
    /// When this incarnation began.
    public var since: Int64
    /// When the lease ends.
    public var expires: Int64

    /// A record of its parts.
    public init(
        incarnation: String, url: String, sessions: Int, draining: Bool, capacity: Int = HashRing.Edge.usualWeight,
        since: Int64, expires: Int64
    ) {
        self.incarnation = incarnation
        self.url = url
        self.sessions = sessions
        self.draining = draining
        self.capacity = capacity
        self.since = since
        self.expires = expires
    }
}

extension EdgeRecord {
    /// Reads a record, also one that an older edge wrote: without `draining` it is not on its way out, without `capacity` it
    /// weighs what is usual.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            incarnation: try values.decode(String.self, forKey: .incarnation),
            url: try values.decodeIfPresent(String.self, forKey: .url) ?? "",
            sessions: try values.decodeIfPresent(Int.self, forKey: .sessions) ?? 0,
            draining: try values.decodeIfPresent(Bool.self, forKey: .draining) ?? false,
            capacity: try values.decodeIfPresent(Int.self, forKey: .capacity) ?? HashRing.Edge.usualWeight,
            since: try values.decode(Int64.self, forKey: .since),
            expires: try values.decode(Int64.self, forKey: .expires))
    }
}
