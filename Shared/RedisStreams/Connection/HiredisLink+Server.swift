/// What a link has to do with the server before it is used.
extension HiredisLink {
    /// Gives the user and the password, if there are any.
    func authenticate(_ configuration: RedisConfiguration) throws(RedisError) {
        guard let password = configuration.password else { return }
        let credentials = configuration.username.map { [$0, password] } ?? [password]
        _ = try call(RedisCommand("AUTH", credentials.map { .text($0) }))
    }

    /// Has Redis close a link that broke, if it still holds it. A server that does not allow it goes without, see docs/operations.md.
    func close(_ predecessor: Identity?) throws(RedisError) {
        guard let predecessor else { return }
        try append(
            RedisCommand("CLIENT", "KILL", "ID", .text(predecessor.id), "ADDR", .text(predecessor.address)))
        if case .failure(let error) = try reply(), error.code != .server("NOPERM") { throw error }
    }

    /// What Redis knows this link by.
    func whoAmI() throws(RedisError) -> Identity? {
        try append(RedisCommand("CLIENT", "INFO"))
        guard case .success(let reply) = try reply(), let text = reply.string else { return nil }
        let fields = Self.fields(text, separatedBy: " ", "=")
        guard let id = fields["id"], let address = fields["addr"] else { return nil }
        return Identity(id: id, address: address)
    }

    /// Makes sure that the server is a master, and returns its timeline.
    func timelineOfMaster(_ server: Sentinels.Address) throws(RedisError) -> String {
        try append(RedisCommand("INFO", "replication"))
        guard case .success(let reply) = try reply(), let text = reply.string else { return "" }
        let fields = Self.fields(text, separatedBy: "\r\n", ":")
        if let role = fields["role"], role != "master" {
            throw RedisError(.server("READONLY"), "the Redis at \(server) is a replica at present")
        }
        return fields["master_replid"] ?? ""
    }

    /// Asks once more which timeline the server has. A server that lives on may get another one, too: when its first replica comes, or its last one has been gone for long.
    /// - Throws: ``RedisError`` when it is not that of this link any more: another link is to be made, so that all links of a process agree.
    func checkTimeline() throws(RedisError) {
        guard !timeline.isEmpty, let server, try timelineOfMaster(server) != timeline else { return }
        throw RedisError(.disconnected, "Redis has another timeline than when this link was made")
    }

    /// Waits until the server's clock is past that of the server before.
    func waitForClock(_ clock: ServerClock) throws(RedisError) {
        let time = try TimeQuery.reply(call(TimeQuery.command))
        let lag = clock.lag(timeline: timeline, serverTime: time, now: Self.uptime)
        if lag > .zero { pauseThread(min(lag, ServerClock.patience)) }
    }

    private static let start = ContinuousClock.now
    private static var uptime: Duration { ContinuousClock.now - start }

    private static func fields(
        _ text: String, separatedBy separator: String, _ equals: Character
    ) -> [Substring: String] {
        var fields: [Substring: String] = [:]
        for line in text.split(separator: separator) {
            let parts = line.split(separator: equals, maxSplits: 1)
            if parts.count == 2 { fields[parts[0]] = String(parts[1].prefix { !$0.isNewline }) }
        }
        return fields
    }
}
