import Messaging
import RedisStreams
import ServiceRuntime

/// Appends to the log what is asked of history over REST and has to be ordered with the messages.
struct LogPublisher: Sendable {
    let redis: RedisConnection
    let keys: Keys
    let partitions: Int
    /// Entries of a partition from which on it is full.
    let limit: Int

    /// Appends an entry to the partition of its conversation; returns its id, or the first one if it is a repeat.
    /// - Throws: `Problem` 503 when nothing was appended, or when it is not known.
    func publish(
        _ entry: LogEntry, _ deduplication: PublishScript.Deduplication = .none
    ) async throws(Problem) -> MessageID {
        let partition = Partition.of(entry.conversation.description, count: partitions)
        let reply: PublishScript.Reply
        do {
            reply = try PublishScript.reply(
                await redis.execute(
                    PublishScript.command(
                        keys: keys, partition: partition, entry: entry, deduplication: deduplication, limit: limit)))
        } catch {
            throw .busy("the log, or its replicas, cannot be reached now: ask again")
        }
        switch reply {
        case .accepted(let id), .duplicate(let id): return id
        case .busy, .outdated: throw .busy("the log is full: its readers have to catch up first")
        }
    }
}
