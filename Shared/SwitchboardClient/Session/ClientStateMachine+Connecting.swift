import Messaging

extension ClientStateMachine {
    /// ``SwitchboardClient/run()`` has begun.
    mutating func begin(_ now: Moment) -> [ClientAction] {
        if phase == .idle { open(now) }
        return finish(now)
    }

    /// Begins a session: with the token that there is, or when there is one.
    mutating func open(_ now: Moment) {
        become(.preparing, .connecting)
        if let token, token.isGood(now) { connect(token, now) } else { fetchToken(.session, now) }
    }

    mutating func openWhenThereIsRoom(_ now: Moment) {
        // Whoever does not take what is there already needs no more of it; but what is to be sent goes out.
        waitsForRoom = buffered >= capacity && outbox.count == 0
        if !waitsForRoom { open(now) }
    }

    private mutating func connect(_ token: ClientToken, _ now: Moment) {
        let id = connect(addresses[failures % addresses.count], token, now)
        phase = .connecting(id)
    }

    private mutating func connect(_ address: ServerAddress, _ token: ClientToken, _ now: Moment) -> Int {
        let id = nextSerial()
        var query = ["device=\(device)"]
        if let cursor = acknowledger.taken {
            query.append("cursor=\(cursor)")
        } else if start == .beginning {
            query.append("cursor=0")
        }
        welcomeDeadlines[id] = now.elapsed + Self.welcomeTimeout
        actions.append(.connect(id, address: address, query: query, token: token.text))
        return id
    }

    // MARK: Tokens

    mutating func fetchToken(_ purpose: TokenPurpose, _ now: Moment) {
        let ticket = nextSerial()
        tokenFetches[purpose] = (ticket, now.elapsed + Self.tokenTimeout)
        actions.append(.fetchToken(ticket: ticket))
    }

    /// The application gave a token.
    mutating func tokenCame(_ ticket: Int, _ token: ClientToken, _ now: Moment) -> [ClientAction] {
        guard let purpose = takeFetch(ticket) else { return finish(now) }
        self.token = token
        switch purpose {
        case .session: if phase == .preparing { connect(token, now) }
        case .successor: if successor?.step == .preparing { connectSuccessor(token, now) }
        case .renewal:
            guard session != nil else { break }
            transmit(OutgoingFrame.auth(token.text))
            planRenewal(now)
        }
        return finish(now)
    }

    /// The application could give none.
    /// - Parameter refusal: why there is no point in trying again; nil when there is.
    mutating func tokenFailed(_ ticket: Int, refusal: TokenRefused?, _ now: Moment) -> [ClientAction] {
        guard let purpose = takeFetch(ticket) else { return finish(now) }
        if let refusal, purpose == .session {
            stop(ClientError(.tokenRefused, "no token: \(refusal.description)"))
        } else {
            tokenMissing(purpose, now)
        }
        return finish(now)
    }

    private mutating func takeFetch(_ ticket: Int) -> TokenPurpose? {
        guard let purpose = tokenFetches.first(where: { $0.value.ticket == ticket })?.key else { return nil }
        tokenFetches[purpose] = nil
        return purpose
    }

    mutating func tokenMissing(_ purpose: TokenPurpose, _ now: Moment) {
        switch purpose {
        case .session: if phase == .preparing { retry(code: nil, now) }
        // The present session goes on until it is closed; then it is tried again as ever.
        case .successor: successorEnded(now)
        // The old one holds until it expires; the session then ends with 4003 and is resumed.
        case .renewal: renewAt = now.elapsed + Self.renewalInterval
        }
    }

    mutating func planRenewal(_ now: Moment) {
        renewAt = token.map { now.elapsed + max(Self.renewalInterval, $0.renewal(now)) }
    }

    // MARK: The end of a session

    /// A handshake was answered otherwise than hoped for.
    mutating func refused(
        _ id: Int, status: Int, retryAfter: Int64?, detail: String?, _ now: Moment
    ) -> [ClientAction] {
        guard welcomeDeadlines.removeValue(forKey: id) != nil else { return finish(now) }
        if status == 401 { token = nil }
        if case .connecting(id) = successor?.step {
            successorEnded(now)
            return finish(now)
        }
        guard phase == .connecting(id) else { return finish(now) }
        let why = detail ?? "the handshake was answered with \(status)"
        switch status {
        case 401 where tokenRejections == 0:
            // A fresh token is something done about it. When that is not taken either, it is over.
            tokenRejections += 1
            retry(code: nil, now)
        case 400, 401, 403, 426: stop(ClientError(.rejected(code: UInt16(clamping: status)), why))
        case 429, 503:
            // To the second, and somewhere within it.
            let seconds = retryAfter.map { min(max($0, 0), Self.longestRetryAfter) }
            retry(code: nil, after: seconds.map { $0 * 1000 + Int64(random() * 1000) }, now)
        default: retry(code: nil, now)
        }
        return finish(now)
    }

    /// A connection has ended, or could not be made: 1006.
    mutating func ended(_ id: Int, code: UInt16, reason: String, _ now: Moment) -> [ClientAction] {
        sessionEnded(id, code: code, reason: reason, now)
        return finish(now)
    }

    mutating func sessionEnded(_ id: Int, code: UInt16, reason: String, _ now: Moment) {
        welcomeDeadlines[id] = nil
        if code == CloseCode.tokenExpired.rawValue { token = nil }
        if case .connecting(id) = successor?.step {
            if code == CloseCode.unauthorized.rawValue { token = nil }
            return successorEnded(now)
        }
        guard phase == .open(id) || phase == .connecting(id) else { return }
        if code == CloseCode.tooLarge.rawValue, let n = outbox.refuseLargest() {
            actions.append(
                .settle(n, .failure(ClientError(.refused(.tooLarge), "the message is larger than the server takes"))))
        }
        forgetSession()
        if code == CloseCode.unauthorized.rawValue, tokenRejections == 0 {
            tokenRejections += 1
            token = nil
            endSuccessor()
            retry(code: code, now)
        } else if code >= 4500 {
            endSuccessor()
            let what = reason.isEmpty ? CloseCode(rawValue: code)?.reason ?? "no reason given" : reason
            stop(ClientError(.rejected(code: code), "the server ended the session for good, with \(code): \(what)"))
        } else if successor != nil, leaveAt == nil {
            // The edge was quicker than the way to the other one, which is under way, or is taken now.
            become(.preparing, .connecting)
            if case .planned = successor?.step { prepareSuccessor(now) }
        } else {
            retry(code: code, now)
        }
    }

    /// What belongs to the session that there was.
    private mutating func forgetSession() {
        renewAt = nil
        reviewAt = nil
        tokenFetches[.renewal] = nil
        watchdog.stop()
        outbox.closed()
        requests.closed()
        acknowledger.postpone()
        marks.postpone()
        // What waited for a gap was not acknowledged, and comes again.
        fills = [:]
        topics.closed()
    }

    private mutating func retry(code: UInt16?, after given: Int64? = nil, _ now: Moment) {
        guard leaveAt == nil else { return stop(nil) }
        let isLost = code == 1006 || code == CloseCode.heartbeatMissed.rawValue
        if let openedAt, now.elapsed - openedAt > Self.stableAfter { backoff.reset() }
        let least = openedAt != nil && isLost ? limits.reconnectWithin : 0
        openedAt = nil
        failures += 1
        let wait = given ?? backoff.next(least: least, random: random())
        become(.waiting(until: now.elapsed + wait), .waiting(milliseconds: wait, code: code))
    }

    // MARK: The welcome

    mutating func welcomed(_ id: Int, _ frame: FrameFields, _ now: Moment) {
        welcomeDeadlines[id] = nil
        (tokenRejections, openedAt, limits) = (0, now.elapsed, frame.limits)
        (hasShed, isReading) = (false, true)
        acknowledger.begin(frame.cursor)
        become(.open(id), .open(edge: frame.edge ?? ""))
        watchdog.start(heartbeat: frame.heartbeat, now)
        planRenewal(now)
        outbox.opened(limits, now)
        requests.opened(limits, now)
        acknowledger.opened(now)
        askForAll()
        tellMarks(now)
    }

    // MARK: Moving

    /// The edge is going away: connects elsewhere within the time, at a moment of its own.
    mutating func move(_ frame: FrameFields, _ now: Moment) {
        guard leaveAt == nil else { return }
        endSuccessor()
        let within = min(max(frame.within ?? 1000, 0), 600_000)
        let address = frame.url.flatMap { try? ServerAddress($0, schemes: ["ws": 80, "wss": 443]) }
        // A page that came by TLS is not to be led out of it.
        let isAllowed = address.map { $0.isSecure || !addresses[0].isSecure } ?? true
        let at = now.elapsed + Int64(random() * Double(within) * 0.8)
        successor = Successor(step: .planned(at: at), address: isAllowed ? address : nil)
    }

    mutating func prepareSuccessor(_ now: Moment) {
        successor?.step = .preparing
        // It resumes after all that was taken so far; what comes on both is told apart by its cursor.
        acknowledge()
        if let token, token.isGood(now) { connectSuccessor(token, now) } else { fetchToken(.successor, now) }
    }

    private mutating func connectSuccessor(_ token: ClientToken, _ now: Moment) {
        let address = successor?.address ?? addresses[failures % addresses.count]
        let id = connect(address, token, now)
        successor?.step = .connecting(id)
    }

    /// The session that follows has begun: it is the session from here on.
    mutating func goOver(to id: Int, _ frame: FrameFields, _ now: Moment) {
        successor = nil
        if let session {
            acknowledge()
            actions.append(.close(session))
            forgetSession()
        }
        welcomed(id, frame, now)
    }

    /// The session that was to follow has not begun.
    private mutating func successorEnded(_ now: Moment) {
        guard let ended = successor else { return }
        successor = nil
        tokenFetches[.successor] = nil
        if session == nil {
            retry(code: nil, now)
        } else if ended.address != nil {
            successor = Successor(step: .preparing, address: nil)
            failures += 1
            prepareSuccessor(now)
        } else if hasShed {
            failures += 1
            successor = Successor(step: .planned(at: now.elapsed + backoff.next(random: random())), address: nil)
        }
    }

    private mutating func endSuccessor() {
        if case .connecting(let id) = successor?.step {
            welcomeDeadlines[id] = nil
            actions.append(.close(id))
        }
        successor = nil
        tokenFetches[.successor] = nil
    }

    // MARK: Leaving

    /// The application wants to end: what is on its way may still be answered, for so many milliseconds.
    mutating func leave(within grace: Int64, _ now: Moment) -> [ClientAction] {
        guard phase != .stopped, leaveAt == nil else { return finish(now) }
        leaveAt = now.elapsed + grace
        endSuccessor()
        return finish(now)
    }

    mutating func leaveIfDone(_ now: Moment) {
        guard let leaveAt, phase != .stopped else { return }
        guard session == nil || outbox.count == 0 || leaveAt <= now.elapsed else { return }
        acknowledge()
        tellMarks(now, all: true)
        stop(nil)
    }

    /// It is over, for good.
    mutating func stop(_ error: ClientError?) {
        guard phase != .stopped else { return }
        endSuccessor()
        switch phase {
        case .open(let id), .connecting(let id): actions.append(.close(id))
        case .idle, .preparing, .waiting, .stopped: break
        }
        forgetSession()
        (welcomeDeadlines, tokenFetches) = ([:], [:])
        (leaveAt, waitsForRoom) = (nil, false)
        for n in outbox.removeAll() { actions.append(.settle(n, .failure(error ?? .closed))) }
        become(.stopped, .stopped(error))
        actions.append(.finish(error))
    }
}
