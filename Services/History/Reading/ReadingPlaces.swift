import HTTPTypes
import Messaging
import RedisStreams
import ServiceRuntime

/// Decides where a request reads: from the replica as long as that has everything its caller may know of, from the primary otherwise.
///
/// What a caller may know of is what has been delivered to the user's inbox, which has what they said themselves, and what the ids in the request name;
/// and nothing is older than the replica may be behind. A request reads from one place from beginning to end: a membership of one and the messages of the other would not
/// go together.
struct ReadingPlaces: Sendable {
    let primary: Database
    /// nil: there is none.
    let replica: Replica?
    let horizon: IngestHorizon
    let marks: UserMarks
    let metrics: HistoryMetrics

    /// What a request asks for.
    struct Asked: Sendable {
        var user: String
        /// The partition that it is about; nil: all of them.
        var partition: Int?
        /// Ids in that partition that the request names.
        var ids: [StoredID] = []
        /// What the answer must have at least, of the partition or of all.
        var atLeast: StoredID?
    }

    /// How long an answer that has to have something is held back until it is stored.
    static let patience = Duration.seconds(2)
    /// How far ahead of Redis' clock an id may be, in milliseconds: clocks of several Redis need not agree.
    private static let ahead: Int64 = 60_000

    /// Runs `body` where it has what is asked for.
    func read<Value>(_ asked: Asked, _ body: (any ReadSource) async throws -> Value) async throws -> Value {
        if let id = asked.atLeast { try await stored(id, in: asked.partition) }
        return try await read(in: asked.partition, as: { try await positions(asked) }, body)
    }

    /// Runs `body` where everything up to `positions` is.
    func read<Value>(
        in partition: Int?, as positions: () async throws -> LogPositions,
        _ body: (any ReadSource) async throws -> Value
    ) async throws -> Value {
        guard let replica else { return try await body(primary) }
        guard replica.isUsable else {
            metrics.count(.away)
            return try await body(primary)
        }
        let needed: LogPositions
        do {
            needed = try await positions()
        } catch is RedisError {
            metrics.count(.unknown)
            return try await body(primary)
        }
        do {
            let value = try await replica.read(asFarAs: needed, in: partition, body)
            metrics.count(.replica)
            return value
        } catch let refusal as Replica.Refusal {
            metrics.count(refusal == .behind ? .behind : .failed)
        } catch let problem as Problem where problem.status == .notFound || problem.status == .forbidden {
            // The primary may know of a conversation or a membership that the replica has not heard of yet.
            metrics.count(.refused)
        }
        return try await body(primary)
    }

    /// Waits for a while until everything up to an id is stored: whether it is; nil for an id that cannot be yet.
    func awaitStored(_ id: StoredID, in partition: Int?) async throws -> Bool? {
        // What was stored at a look stays so.
        if let latest = horizon.latest, Self.isStored(id, in: partition, latest) { return true }
        let look = try await horizon.look(within: Self.patience) { look in
            Self.isStored(id, in: partition, look) || id.ms > look.now + Self.ahead
        }
        if Self.isStored(id, in: partition, look) { return true }
        return id.ms <= look.now + Self.ahead ? false : nil
    }

    /// Waits until everything up to an id is stored.
    private func stored(_ id: StoredID, in partition: Int?) async throws {
        switch try await awaitStored(id, in: partition) {
        case true: return
        case nil: throw Problem.badRequest("at_least: no message has this id yet: give that of an accepted message")
        case false:
            throw Problem.busy(
                "at_least: what was accepted up to this id is not stored yet: ask again, or without it", retryAfter: 1)
        }
    }

    private static func isStored(_ id: StoredID, in partition: Int?, _ look: IngestHorizon.Look) -> Bool {
        (partition.map { look.stored($0) } ?? look.stored) >= id
    }

    /// How far the place has to be.
    private func positions(_ asked: Asked) async throws -> LogPositions {
        var known = try await marks.told(asked.user, in: asked.partition)
        if let partition = asked.partition {
            for id in asked.ids { known.raise(partition, to: id) }
            if let id = asked.atLeast { known.raise(partition, to: id) }
        }
        // Of what is not stored at all the primary has no more than the replica. A look of before may not know yet that something is.
        var look = horizon.latest
        if look.map({ !$0.positions.covers(known) }) ?? true || asked.atLeast != nil {
            look = try await horizon.look()
        }
        guard let look else { return known }
        if asked.partition == nil, let id = asked.atLeast {
            for partition in look.partitions.indices { known.raise(partition, to: id) }
        }
        return known.capped(by: look.positions)
    }
}
