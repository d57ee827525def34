import Logging
import Messaging
import NIOCore
import RedisStreams

extension Session {
    static let page = 100
    /// How long what is kept of an anonymous user outlives the longest session it can have: long enough for all that ends with one.
    private static let anonymousMemory = Duration.seconds(3600)

    /// Registers with the user, for the first time or again, and reads the inbox from where the session stands.
    func register() {
        guard machine.state == .pending else { return }
        // A session that is registered again goes on sending meanwhile: that does not need it.
        if !isWelcomed { hold(.registering) }
        guard loop.hasLease else {
            registersAgainAt = .now()
            return
        }
        registersAgainAt = nil
        loop.admission.ask(self)
    }

    /// It is this session's turn.
    func sendRegistration() {
        incarnation = loop.incarnation
        wasHidden = isHidden
        let event = SessionEvent(
            kind: .connect, user: user, device: device, session: id, incarnation: incarnation,
            sequence: environment.nextSequence())
        loop.announcements.say(event)
        // When it is registered again, from where the device stands and not from what was sent: that may be lost on its way.
        let standing = machine.standing
        loop.redis.send(
            RegisterScript.command(
                keys: environment.keys, user: user, session: id, incarnation: incarnation, device: device,
                cursor: standing ?? identity.cursor, claimed: machine.claimed ?? identity.cursor,
                fromStart: standing == nil && identity.fromStart, issuedAt: issuedAt, isHome: environment.isHome(user),
                maximumSessions: environment.configuration.sessionsPerUser, page: Self.page,
                retention: environment.configuration.inboxRetention,
                deviceMemory: environment.configuration.deviceMemory, isHidden: isHidden,
                keptFor: identity.isAnonymous ? .milliseconds(expiresAt - loop.wallClock) + Self.anonymousMemory : nil)
        ) { [self] result in
            loop.admission.answered()
            do throws(RedisError) {
                try registered(RegisterScript.reply(result.get(), page: Self.page))
            } catch {
                retryRegistration(error)
            }
        }
    }

    private func registered(_ reply: RegisterScript.Reply) {
        guard machine.state == .pending else { return }
        switch reply {
        case .registered(let start):
            let isFirst = machine.standing == nil
            let first = isFirst && identity.fromStart ? start.entries.first?.entry.previous ?? start.last : nil
            machine.registered(start: start.cursor, last: start.last, first: first)
            if !isWelcomed {
                isWelcomed = true
                transport?.say(.welcome(cursor: start.cursor))
                joinAll()
                returnToGroups(start.feeds, cursor: start.cursor, inbox: start.last)
            } else {
                review(start.feeds, inbox: start.last)
            }
            apply(start.entries, isFull: start.isPageFull)
            release(.registering)
            // The edge took a new incarnation while this was under way: what was registered counts for nothing. Or the client brought a token by which it is to be
            // seen otherwise.
            if incarnation != loop.incarnation || wasHidden != isHidden, machine.lapsed() { register() }
        case .tooMany(let sessions): prune(sessions)
        case .revoked: refuseRevoked()
        }
    }

    private func retryRegistration(_ error: RedisError) {
        guard machine.state == .pending else { return }
        environment.logger.debug("cannot register a session", metadata: ["reason": "\(error)"])
        registersAgainAt = .now() + .milliseconds(.random(in: 500...1500))
    }

    // MARK: Too many sessions

    /// Removes sessions that are left over from edges which are no more, and tries once again.
    private func prune(_ sessions: [RegisterScript.Session]) {
        guard !hasPruned else { return refuse() }
        hasPruned = true
        loop.redis.send(LiveEdges.command(keys: environment.keys)) { [self] result in
            guard machine.state == .pending else { return }
            guard let live = try? LiveEdges.reply(result.get()) else {
                registersAgainAt = .now() + .seconds(1)
                return
            }
            let alive = Set(live.values.map(\.incarnation))
            let dead = Dictionary(grouping: sessions.filter { !alive.contains($0.incarnation) }, by: \.incarnation)
            guard !dead.isEmpty else { return refuse() }
            for (incarnation, sessions) in dead {
                loop.redis.send(
                    UnregisterScript.command(
                        keys: environment.keys, user: user, sessions: sessions.map(\.id), incarnation: incarnation))
            }
            register()
        }
    }

    private func refuse() {
        close(.tooManySessions)
    }
}
