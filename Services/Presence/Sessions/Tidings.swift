import Messaging
import RedisStreams

/// Tells what has changed: the stream of transitions, each change at least once; and the edges on which somebody watches, as a hint.
///
/// A change is in the stream before it is forgotten with the user, and whoever asked for the look that made it asks again until that is so. What an edge is told may be
/// lost: it reads again what it watches.
struct Tidings: Sendable {
    /// Users in one entry of an edge's stream: no more, since what the stream keeps is reckoned in entries, and those of routers are small.
    private static let portion = 50

    /// A user with what is to be told.
    struct Item: Sendable {
        var user: String
        var news: PresenceSettleScript.News
    }

    let redis: RedisConnection
    let writer: EdgeWriter
    let keys: Keys
    let metrics: PresenceMetrics
    let partitions: Int
    /// Entries that the stream of transitions of a partition keeps.
    let transitionsLimit: Int

    /// Tells these. Returns the users of whom something is still to be told, for want of more than an outage.
    /// - Throws: ``RedisError`` for an outage: to be told again.
    func tell(_ items: [Item], live: Set<String>) async throws(RedisError) -> Set<String> {
        guard !items.isEmpty else { return [] }
        await tellEdges(items.map { ($0.user, $0.news.view, $0.news.watchers) }, live: live)
        return try await append(items)
    }

    /// Writes to the edges on which somebody watches one of these users.
    func tellEdges(_ changes: [(user: String, view: PresenceView, watchers: [String])], live: Set<String>) async {
        var batches: [String: [EdgeBatch.Item]] = [:]
        for change in changes {
            var edges: Set<String> = []
            for watcher in change.watchers where live.contains(watcher) {
                guard let edge = Incarnation(watcher)?.edge, edges.insert(edge).inserted else { continue }
                batches[edge, default: []].append(.presence(user: change.user, change.view))
            }
        }
        guard !batches.isEmpty else { return }
        var portions: [(target: EdgeTarget, batch: EdgeBatch)] = []
        for (edge, items) in batches {
            for start in stride(from: 0, to: items.count, by: Self.portion) {
                let portion = Array(items[start..<min(start + Self.portion, items.count)])
                portions.append((.edge(edge), EdgeBatch(items: portion)))
            }
            metrics.told(edgeItems: items.count)
        }
        do throws(RedisError) {
            try await writer.write(portions)
        } catch {
            metrics.failed()
        }
    }

    /// Appends what is untold to the streams of transitions; what is there is forgotten with the user.
    private func append(_ items: [Item]) async throws(RedisError) -> Set<String> {
        var commands: [RedisCommand] = []
        var told: [(user: String, change: String)] = []
        for item in items {
            let stream = keys.transitions(Partition.of(item.user, count: partitions))
            for change in item.news.untold {
                guard let transition = PresenceSettleScript.News.transition(change, of: item.user) else { continue }
                commands.append(.append(to: stream, fields: transition.fields, maximumLength: transitionsLimit))
                told.append((item.user, change))
            }
        }
        var open: Set<String> = []
        var done: [String: [String]] = [:]
        var outage: RedisError?
        for ((user, change), reply) in zip(told, await redis.execute(commands)) {
            do throws(RedisError) {
                _ = try reply.get()
                done[user, default: []].append(change)
            } catch {
                if error.isOutage { outage = error }
                metrics.failed()
                open.insert(user)
            }
        }
        metrics.appended(transitions: done.values.reduce(0) { $0 + $1.count })
        let forgets = done.map { PresenceToldScript.command(keys: keys, user: $0.key, changes: $0.value) }
        // What cannot be forgotten is told again: whoever reads it knows it by user and time.
        for case .failure(let error) in await redis.execute(forgets) where error.isOutage { outage = error }
        if let outage { throw outage }
        return open
    }
}
