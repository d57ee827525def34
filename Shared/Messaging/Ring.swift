/// What the key `ring` holds, as JSON: which edges stand on the ring. Presence's owner of partition 0 writes it; each change has a version of its own.
///
/// An edge may be on it that is not alive: its points are kept for a while, so that nothing moves when it comes back.
public struct Ring: Codable, Hashable, Sendable {
    /// Grows with each change; 0 when there has never been a ring.
    public var version: Int64
    /// The edges with their weights, by id.
    public var edges: [HashRing.Edge]
    /// When this version was written, in ms since the Unix epoch by Redis' clock.
    public var changed: Int64

    /// A ring of its parts.
    public init(version: Int64, edges: [HashRing.Edge], changed: Int64) {
        self.version = version
        self.edges = edges.sorted { $0.id < $1.id }
        self.changed = changed
    }

    /// No ring yet.
    public static let none = Ring(version: 0, edges: [], changed: 0)
}
