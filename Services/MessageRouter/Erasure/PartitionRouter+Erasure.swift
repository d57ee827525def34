import Messaging
import RedisStreams

/// Removes what Redis keeps of a user: history has no business in these keys, so it says so in the log, once in each partition.
///
/// In its turn, so that nothing older of the partition is delivered afterwards. All of it may be done again.
extension PartitionRouter {
    /// Commands in one unit.
    private static let erasurePortion = 1000

    func erase(_ entry: RoutedEntry) async throws {
        guard let before = Int64(String(decoding: entry.log.data, as: UTF8.self)) else {
            throw MessagingError(.badEntry, "the erasure's field 'data' is no time")
        }
        let user = entry.log.from
        try await flush()
        contacts.forget(user)
        do throws(RedisError) {
            try await endSessions(of: user, before: before)
            try await strikeFromContacts(user)
            _ = try EraseScript.reply(
                await tools.redis.execute(
                    EraseScript.command(keys: tools.keys, user: user, partition: partition, entry: entry.source),
                    on: reader.timeline))
        } catch {
            guard !error.isOutage else { throw error }
            throw Unroutable(kind: .recipient, reason: error.description)
        }
        tools.metrics.erasure()
    }

    /// As `DELETE /v1/users/{user}/sessions` does, unless it has been done: the first of the partitions that comes to it does it.
    private func endSessions(of user: String, before: Int64) async throws(RedisError) {
        let standing = try StandingQuery.reply(
            await tools.redis.execute(StandingQuery.command(keys: tools.keys, user: user), on: reader.timeline))
        guard standing.revoked ?? 0 < before else { return }
        let note = NoteRevocationScript.command(keys: tools.keys, user: user, lifetimeLimit: tools.tokenLifetimeLimit)
        // Where too many users are noted their tokens are good for REST until they expire; for sessions they are not.
        let time = try NoteRevocationScript.reply(await tools.redis.execute(note, on: reader.timeline)) ?? before
        let revoke = RevokeScript.command(keys: tools.keys, user: user, before: max(time, before))
        let reply = try RevokeScript.reply(await tools.redis.execute(revoke, on: reader.timeline))
        let live = try await tools.edges.edges(of: Set(reply.incarnations))
        let told = Set(reply.incarnations.compactMap { live[$0] })
        try await write(told.sorted().map { (.edge($0), EdgeBatch(items: [.end(user: user, before: reply.before)])) })
        tools.metrics.revocation()
    }

    /// With whom the user had a conversation stands with the others, too.
    private func strikeFromContacts(_ user: String) async throws(RedisError) {
        let command = RedisCommand("ZRANGE", .text(tools.keys.contacts(user)), "0", "-1")
        let others = try await tools.redis.execute(command, on: reader.timeline).array?.compactMap(\.string) ?? []
        for start in stride(from: 0, to: others.count, by: Self.erasurePortion) {
            let portion = others[start..<min(start + Self.erasurePortion, others.count)]
            let commands = portion.map { RedisCommand("ZREM", .text(tools.keys.contacts($0)), .text(user)) }
            for case .failure(let error) in await tools.redis.execute(commands, on: reader.timeline) {
                // The broken keys of somebody else are no reason not to go on.
                if error.isOutage { throw error }
            }
        }
    }
}
