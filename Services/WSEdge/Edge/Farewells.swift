import Messaging
import RedisStreams

/// A session that has ended and is to be taken out of Redis.
struct Farewell {
    let user: String
    let device: String
    let session: String
    let incarnation: String
    /// How its connection came to its end.
    let closing: Closing
    /// The number of its event, given when it is first tried.
    var sequence: UInt64?
}

/// Unregisters sessions that have ended and tells presence, again and again until Redis has taken it: else they would count as live as long as this edge lives.
final class Farewells {
    private let environment: EdgeEnvironment
    private let redis: RedisOutbox
    private let announcements: Announcements
    private var failed: [Farewell] = []
    private var underWay = 0

    init(environment: EdgeEnvironment, redis: RedisOutbox, announcements: Announcements) {
        self.environment = environment
        self.redis = redis
        self.announcements = announcements
    }

    /// Whether all has been said.
    var isIdle: Bool { failed.isEmpty && underWay == 0 }

    func say(_ farewell: Farewell) {
        var farewell = farewell
        let sequence = farewell.sequence ?? environment.nextSequence()
        farewell.sequence = sequence
        let event = SessionEvent(
            kind: .disconnect, user: farewell.user, device: farewell.device, session: farewell.session,
            incarnation: farewell.incarnation, sequence: sequence)
        underWay += 1
        redis.send(
            UnregisterScript.command(
                keys: environment.keys, user: farewell.user, sessions: [farewell.session],
                incarnation: farewell.incarnation,
                closing: (farewell.closing, farewell.device, environment.configuration.edgeID)))
        // The event goes last: once it is there, so is what comes before it.
        announcements.say(event) { [self, farewell] isTaken in
            underWay -= 1
            if !isTaken { failed.append(farewell) }
        }
    }

    /// Tries again what failed.
    func retry() {
        guard !failed.isEmpty, redis.isConnected else { return }
        let again = failed
        failed = []
        for farewell in again { say(farewell) }
    }
}

@available(*, unavailable)
extension Farewells: Sendable {}
