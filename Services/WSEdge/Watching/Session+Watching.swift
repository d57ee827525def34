import CoreMetrics
import Messaging
import NIOCore
import RedisStreams

/// The presence of others.
extension Session {
    /// How many users of a frame cost as much as one frame.
    private static let usersPerFrame = 50

    // MARK: What the client asks for

    func watch(n: UInt64, users: [String]) {
        guard admits(users: users.count, n: n) else { return }
        request(.watch(n: n, users: users))
    }

    func unwatch(n: UInt64, users: [String]) {
        guard admits(.frame, n: n) else { return }
        request(.unwatch(n: n, users: users))
    }

    private func admits(users count: Int, n: UInt64) -> Bool {
        for _ in 0..<(count + Self.usersPerFrame - 1) / Self.usersPerFrame {
            guard admits(.frame, n: n) else { return false }
        }
        return true
    }

    private func request(_ request: SessionWatch.Request) {
        begin()
        var watch = watched ?? SessionWatch(nextCheck: nextWatchCheck())
        watch.requests.append(request)
        watched = watch
        doNext()
    }

    /// Does the next frame, if none is under way.
    private func doNext() {
        guard let first = watched?.requests.first, watched?.isBusy == false else { return }
        watched?.requests.removeFirst()
        switch first {
        case .watch(let n, let users):
            watched?.isBusy = true
            beginWatching(n: n, users)
        case .unwatch(let n, let users):
            let left = users.filter { watched?.users.remove($0) != nil }
            watched?.missed.subtract(left)
            loop.watching.leave(left, self)
            transport?.say(.ok(n: n, after: nil))
            // Who asks again and again, and does not read the answers.
            if let transport, transport.pendingBytes > environment.configuration.outboundLimit { close(.slowConsumer) }
            endRequest()
        }
    }

    private func endRequest() {
        watched?.isBusy = false
        finish()
        doNext()
    }

    private func beginWatching(n: UInt64, _ users: [String]) {
        let limit = environment.configuration.watchLimit
        let new = users.filter { watched?.users.contains($0) == false }
        let count = (watched?.users.count ?? 0) + new.count
        guard count <= limit else {
            fail(
                .badRequest,
                "field 'users' would have this session watch \(count) users; the most is \(limit): unwatch some first",
                n: n)
            return endRequest()
        }
        guard loop.watching.hasRoom(for: new) else {
            fail(
                .busy, "field 'users' names more than this edge can watch: try again after retryAfter ms", n: n,
                retryAfter: Refusal.pause * 10)
            return endRequest()
        }
        findForbidden(amongst: users) { [self] forbidden in
            guard machine.state != .ended else { return }
            do throws(RedisError) {
                let forbidden = try forbidden.get()
                guard forbidden.isEmpty else {
                    fail(.forbidden, Self.refusal(of: forbidden, environment.configuration.presencePolicy), n: n)
                    return endRequest()
                }
                read(users, n: n)
            } catch {
                refuse(n: n)
            }
        }
    }

    private func read(_ users: [String], n: UInt64) {
        loop.watching.begin(users, incarnation: loop.incarnation) { [self] isDone in
            guard machine.state != .ended else {
                return isDone ? loop.watching.abandon(users) : ()
            }
            guard isDone else { return refuse(n: n) }
            for user in users {
                watched?.users.insert(user)
                guard let view = loop.watching.join(user, self) else { continue }
                transport?.say(.presence(frame(of: user, view)))
            }
            transport?.say(.ok(n: n, after: nil))
            endRequest()
        }
    }

    private func refuse(n: UInt64) {
        fail(
            .busy, "presence cannot be read now: watch again after retryAfter ms", n: n, retryAfter: Refusal.pause)
        endRequest()
    }

    // MARK: Who may be seen

    /// Those of these users whom the user may not see.
    private func findForbidden(
        amongst users: [String], _ completion: @escaping (Result<[String], RedisError>) -> Void
    ) {
        let policy = environment.configuration.presencePolicy
        let others = users.filter { $0 != user }
        if policy == .everyone || scopes.contains("admin") || others.isEmpty { return completion(.success([])) }
        if policy == .nobody { return completion(.success(others)) }
        ask(CommonConversations(keys: environment.keys, user: user, others: others), completion)
    }

    private func ask(
        _ question: CommonConversations, _ completion: @escaping (Result<[String], RedisError>) -> Void
    ) {
        var question = question
        guard let commands = question.next() else { return completion(.success(question.rest)) }
        loop.redis.send(commands) { [self, question] results in
            var question = question
            do throws(RedisError) {
                try question.take(results)
            } catch {
                return completion(.failure(error))
            }
            ask(question, completion)
        }
    }

    private static func refusal(of users: [String], _ policy: PresencePolicy) -> String {
        let named = users.prefix(10).joined(separator: ", ") + (users.count > 10 ? " and \(users.count - 10) more" : "")
        let remedy =
            policy == .nobody
            ? "it takes a token with the scope 'admin'"
            : "it takes a conversation in common, a group or a direct one in which something was said"
        return "field 'users' names users whom this user may not watch: \(named); \(remedy)"
    }

    private func nextWatchCheck() -> NIODeadline {
        let interval = environment.configuration.checkInterval.nanoseconds * 10
        return .now() + .nanoseconds(.random(in: interval / 2...interval))
    }

    /// Ends watches that are not allowed any more.
    private func checkWatches() {
        guard let users = watched?.users, !users.isEmpty else { return }
        findForbidden(amongst: Array(users)) { [self] forbidden in
            guard machine.state != .ended, let forbidden = try? forbidden.get() else { return }
            let left = forbidden.filter { watched?.users.remove($0) != nil }
            guard !left.isEmpty else { return }
            watched?.missed.subtract(left)
            loop.watching.leave(left, self)
            fail(.forbidden, Self.refusal(of: left.sorted(), environment.configuration.presencePolicy))
        }
    }

    // MARK: What the client is told

    /// A change of a watched user. When the socket is slow it is left out for now.
    func sayPresence(_ frame: ByteBuffer, of user: String) {
        guard let transport else { return }
        guard transport.pendingBytes < environment.configuration.outboundLimit / 2 else {
            watched?.missed.insert(user)
            return environment.metrics.droppedNotices.increment()
        }
        environment.metrics.presenceTold.increment()
        transport.say(.presence(frame))
    }

    /// Once a second.
    func tickWatches(now: NIODeadline) {
        guard watched != nil else { return }
        if watched?.missed.isEmpty == false { sayMissed() }
        if let due = watched?.nextCheck, now >= due, loop.redis.isConnected {
            watched?.nextCheck = nextWatchCheck()
            checkWatches()
        }
    }

    private func sayMissed() {
        guard let missed = watched?.missed, let transport,
            transport.pendingBytes < environment.configuration.outboundLimit / 4
        else { return }
        watched?.missed = []
        for user in missed {
            guard let view = loop.watching.view(of: user) else { continue }
            sayPresence(frame(of: user, view), of: user)
        }
    }

    private func frame(of other: String, _ view: PresenceView) -> ByteBuffer {
        ByteBuffer(bytes: ServerFrame.presence(user: other, view.face(of: other, to: user)))
    }

    /// The session has ended.
    func endWatching() {
        guard let users = watched?.users else { return }
        watched = nil
        loop.watching.leave(users, self)
    }
}
