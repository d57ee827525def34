/// What an edge does about sessions that belong on another one (`RING`).
enum RingMode: String, Sendable, CaseIterable {
    /// Clients are taken wherever they come; only when the ring changes, those who belong on an edge that joined are asked to move there.
    case loose
    /// The same, and whoever is not where they belong is asked to move there at any time.
    case strict
}
