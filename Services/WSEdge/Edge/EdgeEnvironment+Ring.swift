import RedisStreams

extension EdgeEnvironment {
    /// Whether the ring says that a user belongs on this edge, as far as is known here. A session that registers elsewhere says so, for routers that
    /// compute where users are.
    func isHome(_ user: String) -> Bool { ring.owner(of: user) == configuration.edgeID }
}
