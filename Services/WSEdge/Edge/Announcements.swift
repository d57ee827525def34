import CoreMetrics
import Messaging
import RedisStreams

/// Tells presence which sessions begin and end.
///
/// When presence does not keep up and its events are at their high-water mark, they are held here and told later: of each session the latest one, which says
/// it all. Meanwhile sessions live and messages flow; only what presence says grows old. An edge that goes away need not tell what it holds: presence sweeps its sessions.
final class Announcements {
    /// How many are held, at most; past that they are dropped, and what presence says of those users stays wrong until their next event.
    static let limit = 50_000
    /// How many are tried again at once, when presence takes events.
    static let portion = 500

    private let environment: EdgeEnvironment
    private let redis: RedisOutbox
    /// Session → its latest event that was refused.
    private var held: [String: SessionEvent] = [:]
    /// Whether the last try came through.
    private var isFlowing = true
    private var underWay = 0

    init(environment: EdgeEnvironment, redis: RedisOutbox) {
        self.environment = environment
        self.redis = redis
    }

    /// How many wait.
    var count: Int { held.count }

    /// Tells it, now or later. `completion` gets true, or false when Redis did not answer: then it is up to the caller to say it again.
    func say(_ event: SessionEvent, _ completion: @escaping (_ isTaken: Bool) -> Void = { _ in }) {
        tell(event) { [self] reply in
            if reply == .full, hold(event) { environment.metrics.heldEvents.increment() }
            completion(reply != nil)
        }
    }

    /// Tries again what was refused: one event as long as none comes through, else a portion. Once a second.
    func retry() {
        guard !held.isEmpty, underWay == 0, redis.isConnected else { return }
        for event in Array(held.values.prefix(isFlowing ? Self.portion : 1)) {
            underWay += 1
            tell(event) { [self] reply in
                underWay -= 1
                if reply != .announced { hold(event) }
            }
        }
    }

    private func tell(_ event: SessionEvent, _ completion: @escaping (AnnounceScript.Reply?) -> Void) {
        // What was held of this session is outdated, or is this event.
        held[event.session] = nil
        redis.send(
            AnnounceScript.command(
                keys: environment.keys, partition: environment.partition(of: event.user), event: event,
                limit: environment.configuration.sessionEventsLimit)
        ) { [self] result in
            let reply = try? AnnounceScript.reply(result.get())
            if let reply { isFlowing = reply == .announced }
            if reply == .announced, let other = held[event.session], other.sequence < event.sequence {
                held[event.session] = nil
            }
            completion(reply)
        }
    }

    @discardableResult
    private func hold(_ event: SessionEvent) -> Bool {
        // A later one may have been refused before this one was answered.
        if let other = held[event.session], other.sequence > event.sequence { return false }
        guard held.count < Self.limit else {
            environment.metrics.droppedEvents.increment()
            return false
        }
        held[event.session] = event
        return true
    }
}

@available(*, unavailable)
extension Announcements: Sendable {}
