internal import FoundationEssentials
public import Messaging

/// The ring as it stands: GET `ring` and TIME.
public enum RingQuery {
    /// The calls, to be read by ``reply(_:)`` together.
    public static func commands(keys: Keys) -> [RedisCommand] {
        [RedisCommand("GET", .text(keys.ring)), TimeQuery.command]
    }

    /// The ring, and Redis' clock in ms. ``Ring/none`` where there is none, or none that can be read.
    public static func reply(_ values: [RedisValue]) throws(RedisError) -> RingBook.Reading {
        guard values.count == 2 else { throw .unexpectedReply("GET ring") }
        return (WriteRingScript.ring(values[0]) ?? .none, try TimeQuery.milliseconds(values[1]))
    }

    /// Reads both.
    public static func read(_ redis: RedisConnection, keys: Keys) async throws(RedisError) -> RingBook.Reading {
        var values: [RedisValue] = []
        for result in await redis.execute(commands(keys: keys)) { values.append(try result.get()) }
        return try reply(values)
    }
}

/// Writes the ring, if nobody else has changed it meanwhile.
///
/// `Scripts/write_ring.lua`; key: `ring`. Atomic, because two presences may believe that it is theirs to write: the version compared and the new ring written must be one step.
public enum WriteRingScript {
    /// What became of it.
    public enum Reply: Hashable, Sendable {
        case written(Ring)
        /// Another version stands there; nil when there is nothing that can be read.
        case other(Ring?)
    }

    /// How many changes `ring:changes` keeps, about.
    static let changesKept = 1000

    /// The call. `version` is put there if `expected` stands there (0: nothing, or nothing that can be read).
    public static func command(
        keys: Keys, edges: [HashRing.Edge], version: Int64, expected: Int64
    ) -> RedisCommand {
        let list = (try? JSONEncoder().encode(edges.sorted { $0.id < $1.id })).map { [UInt8]($0) } ?? Array("[]".utf8)
        return RedisCommand(
            script: .writeRing, keys: [keys.ring],
            arguments: [.integer(expected), .integer(version), .bytes(list)])
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        let parts = try value.elements("write_ring", atLeast: 2)
        switch parts[0].string {
        case "written":
            guard let ring = ring(parts[1]) else { throw .unexpectedReply("write_ring") }
            return .written(ring)
        case "other": return .other(ring(parts[1]))
        default: throw .unexpectedReply("write_ring")
        }
    }

    /// Says on `ring:changes` that this ring holds now. Apart from writing it, since the two keys need not be on one node: who misses it sees the ring itself within a second.
    public static func announcement(_ ring: Ring, keys: Keys) -> RedisCommand {
        let text = (try? JSONEncoder().encode(ring)).map { [UInt8]($0) } ?? []
        return .append(
            to: keys.ringChanges,
            fields: [Array("version".utf8), Array(String(ring.version).utf8), Array("ring".utf8), text],
            maximumLength: changesKept)
    }

    static func ring(_ value: RedisValue) -> Ring? {
        value.data.flatMap { try? JSONDecoder().decode(Ring.self, from: Data($0)) }
    }
}
