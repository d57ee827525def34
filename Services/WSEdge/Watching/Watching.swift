import CoreMetrics
import Messaging
import NIOCore
import RedisStreams

/// What an event loop's sessions watch: has Redis know that the edge wants to be told, tells the sessions, and reads everything again from time to time.
///
/// What presence writes to the edge's stream is a hint. The truth is with the user in Redis, and is read (in the step that says or renews the interest) when a session begins
/// to watch, once in each check interval, spread out, and within two seconds after the stream was not followed or the edge took a new incarnation. So a change that was
/// missed is seen within the check interval at the latest.
final class Watching {
    /// The most renewals under way; what is on top waits for the next second.
    private static let renewalLimit = 5000
    /// In how many seconds everything is read again when something may have been missed.
    private static let hurrySeconds = 2

    private let environment: EdgeEnvironment
    private let redis: RedisOutbox
    private var book = WatchBook<Session>()
    private var renewing = 0
    /// Seconds within which the present round is to be over; nil for the check interval.
    private var hurry: Int?

    init(environment: EdgeEnvironment, redis: RedisOutbox) {
        self.environment = environment
        self.redis = redis
    }

    /// How long the interest of an edge holds: three renewals.
    private var lease: Duration {
        .nanoseconds(environment.configuration.checkInterval.nanoseconds * 3) + .seconds(15)
    }

    /// Whether so many more users may be watched on this event loop.
    func hasRoom(for users: [String]) -> Bool {
        let limit = max(1, environment.configuration.watchedUsersLimit / environment.configuration.threads)
        return book.count + users.count { !book.contains($0) } <= limit
    }

    // MARK: Sessions

    /// Has the edge told of these users from now on, and reads what holds. The completion gets false when Redis did not answer; else each user is to be joined.
    func begin(_ users: [String], incarnation: String, _ completion: @escaping (_ isDone: Bool) -> Void) {
        for user in users { book.begin(user) }
        redis.send(users.map { interest($0, incarnation) }) { [self] results in
            var isDone = true
            for (user, result) in zip(users, results) {
                do throws(RedisError) {
                    heard(user, try PresenceInterestScript.reply(result.get()), isHint: false)
                } catch {
                    isDone = false
                }
            }
            if !isDone { for user in users { book.abandon(user) } }
            completion(isDone)
        }
    }

    /// A session that has begun to watch a user is told from now on. Returns what it is to be told first.
    func join(_ user: String, _ session: Session) -> PresenceView? { book.join(user, session) }

    /// A session that was about to watch these users has ended.
    func abandon(_ users: [String]) { for user in users { book.abandon(user) } }

    func leave(_ users: some Sequence<String>, _ session: Session) {
        // The edge's interest in Redis lapses by itself.
        for user in users { book.leave(user, session) }
    }

    /// What was last heard of a user.
    func view(of user: String) -> PresenceView? { book.view(of: user) }

    // MARK: News

    /// What presence says of a user: pushed, or read.
    func heard(_ user: String, _ view: PresenceView, isHint: Bool = true) {
        guard let change = book.take(user, view) else { return }
        if !isHint { environment.metrics.presenceHealed.increment() }
        let frame = ByteBuffer(bytes: ServerFrame.presence(user: user, view.shown))
        var ownFrame: ByteBuffer?
        for session in change.watchers {
            if session.user == user {
                let own = ownFrame ?? ByteBuffer(bytes: ServerFrame.presence(user: user, view.own))
                ownFrame = own
                session.sayPresence(own, of: user)
            } else if change.isShown {
                session.sayPresence(frame, of: user)
            }
        }
    }

    // MARK: Rounds

    /// Something may have been missed, or counts for nothing any more: everything is read again soon.
    func checkAll() {
        book.startRound()
        hurry = Self.hurrySeconds
    }

    /// Once a second.
    func tick(incarnation: String) {
        report()
        guard book.count > 0, !incarnation.isEmpty, redis.isConnected, renewing < Self.renewalLimit else { return }
        let share = min(nextShare(), Self.renewalLimit)
        for user in book.due(share: share) {
            renewing += 1
            redis.send(interest(user, incarnation)) { [self] result in
                renewing -= 1
                // What fails comes again with the next round; the interest holds for three.
                guard let view = try? PresenceInterestScript.reply(result.get()) else { return }
                heard(user, view, isHint: false)
            }
        }
    }

    private func nextShare() -> Int {
        if let seconds = hurry {
            hurry = seconds > 1 ? seconds - 1 : nil
            return (book.left + seconds - 1) / seconds
        }
        let seconds = max(1, Int(environment.configuration.checkInterval.nanoseconds / 1_000_000_000))
        return (book.count + seconds - 1) / seconds
    }

    private func interest(_ user: String, _ incarnation: String) -> RedisCommand {
        PresenceInterestScript.command(keys: environment.keys, user: user, incarnation: incarnation, lease: lease)
    }

    /// How many users were watched when that was last said.
    private var reported = 0

    private func report() {
        environment.watchedChanged(by: book.count - reported)
        reported = book.count
    }
}

@available(*, unavailable)
extension Watching: Sendable {}
