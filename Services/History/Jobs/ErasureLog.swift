import Messaging
import RedisStreams

/// What an erasure has the log carry to message-router, since history has no business in the keys of users.
struct ErasureLog: Sendable {
    let redis: RedisConnection
    let keys: Keys
    let partitions: Int
    /// Entries of a partition from which on it is full.
    let limit: Int
    /// Who reads the log.
    let readers: [String]

    /// Redis' time in milliseconds.
    func now() async throws(RedisError) -> Int64 {
        guard let time = try await redis.execute(RedisCommand("TIME")).array, time.count == 2,
            let seconds = time[0].int, let micros = time[1].int
        else { throw RedisError(.unexpectedReply, "TIME was not answered with a time") }
        return seconds * 1000 + micros / 1000
    }

    /// Has a user leave a group. Returns the entry's id; nil when the log is full.
    func leave(_ group: Conversation, user: String, job: Int64) async throws(RedisError) -> (Int, MessageID)? {
        let partition = Partition.of(group.description, count: partitions)
        let change = #"{"operation":"remove","members":["\#(user)"]}"#
        let id = try await publish(
            LogEntry(kind: .member, conversation: group, from: user, device: "", n: 0, data: Array(change.utf8)),
            partition, key: "erase-\(job)-\(group)")
        return id.map { (partition, $0) }
    }

    /// Has what Redis keeps of a user removed, as far as one partition is concerned. `before`: tokens issued before this (ms) are refused.
    /// Returns the entry's id; nil when the log is full.
    func erase(_ user: String, before: Int64, partition: Int, key: String) async throws(RedisError) -> MessageID? {
        try await publish(
            LogEntry(
                kind: .erase, conversation: Self.conversation(of: user), from: user, device: "", n: 0,
                data: Array(String(before).utf8)),
            partition, key: key)
    }

    /// The partition that a user's own conversation is in.
    func home(of user: String) -> Int { Partition.of(Self.conversation(of: user).description, count: partitions) }

    /// Whether all who read the log are done with these entries.
    func isPast(_ entries: [Int: String]) async throws(RedisError) -> Bool {
        let places = entries.flatMap { partition, id in
            readers.map { (key: keys.position(partition, group: $0), id: id) }
        }
        let replies = await redis.execute(places.map { RedisCommand("HGET", .text($0.key), "id") })
        for (place, reply) in zip(places, replies) {
            let position = try reply.get().string.flatMap { MessageID($0) } ?? .zero
            guard let id = MessageID(place.id), position >= id else { return false }
        }
        return true
    }

    private static func conversation(of user: String) -> Conversation { .direct(user, user) }

    private func publish(_ entry: LogEntry, _ partition: Int, key: String) async throws(RedisError) -> MessageID? {
        let command = PublishScript.command(
            keys: keys, partition: partition, entry: entry, deduplication: .idempotencyKey(key), limit: limit)
        switch try PublishScript.reply(await redis.execute(command)) {
        case .accepted(let id), .duplicate(let id): return id
        case .busy, .outdated: return nil
        }
    }
}
