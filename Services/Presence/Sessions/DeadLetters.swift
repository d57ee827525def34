import Logging
import Messaging
import RedisStreams

/// Puts aside session events that cannot be read, so that they do not block what comes after them: `{p:<n>}:dead:presence`.
///
/// The entry keeps its id, so putting it aside twice is harmless. Its fields are `reason` and those of the event that are known.
struct DeadLetters: Sendable {
    static let length = 1000

    let redis: RedisConnection
    let keys: Keys
    let logger: Logger

    /// The stream's key.
    static func key(_ keys: Keys, partition: Int) -> String { "\(keys.prefix){p:\(partition)}:dead:presence" }

    /// Puts an entry aside.
    /// - Throws: ``RedisError`` when Redis cannot be reached.
    func put(_ entry: StreamEntry, partition: Int, reason: String) async throws(RedisError) {
        logger.error(
            "a session event cannot be read and is put aside",
            metadata: ["partition": "\(partition)", "id": "\(entry.id)", "reason": "\(reason)"])
        var arguments: [RedisArgument] = [
            .text(Self.key(keys, partition: partition)), "MAXLEN", "~", .integer(Int64(Self.length)),
            .text(entry.id.description), "reason", .text(reason),
        ]
        let names: [(StaticString, RedisArgument)] = [
            ("type", "type"), ("user", "user"), ("device", "device"), ("session", "session"),
            ("incarnation", "incarnation"), ("sequence", "sequence"),
        ]
        for (index, name) in names.enumerated() {
            guard let value = entry.fields.value(name.0, at: index) else { continue }
            arguments += [name.1, .bytes(value)]
        }
        do {
            _ = try await redis.execute(RedisCommand("XADD", arguments))
        } catch  where error.code == .server("ERR") {
            // It is there already: the batch came again.
        }
    }
}
