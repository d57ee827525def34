import Messaging
import RedisStreams

/// What an erasure has the log carry to message-router, since history has no business in the keys of users.
struct ErasureLog: Sendable {
    let redis: RedisConnection
    let keys: Keys
    let publisher: LogPublisher
    /// Who reads the log.
    let readers: [String]

    /// Redis' time in milliseconds.
    func now() async throws(RedisError) -> Int64 {
        try TimeQuery.milliseconds(await redis.execute(TimeQuery.command))
    }

    /// Has a user leave a group. Returns the entry's id; nil when the log is full.
    func leave(_ group: Conversation, user: String, job: Int64) async throws(RedisError) -> (Int, MessageID)? {
        let change = #"{"operation":"remove","members":["\#(user)"]}"#
        let id = try await publisher.publish(
            LogEntry(kind: .member, conversation: group, from: user, device: "", n: 0, data: Array(change.utf8)),
            .idempotencyKey("erase-\(job)-\(group)"))
        return id.map { (publisher.partition(of: group), $0) }
    }

    /// Has what Redis keeps of a user removed, as far as one partition is concerned. `before`: tokens issued before this (ms) are refused.
    /// Returns the entry's id; nil when the log is full.
    func erase(_ user: String, before: Int64, partition: Int, key: String) async throws(RedisError) -> MessageID? {
        try await publisher.publish(
            LogEntry(
                kind: .erase, conversation: Self.conversation(of: user), from: user, device: "", n: 0,
                data: Array(String(before).utf8)),
            .idempotencyKey(key), partition: partition)
    }

    /// The partition that a user's own conversation is in.
    func home(of user: String) -> Int { publisher.partition(of: Self.conversation(of: user)) }

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
}
