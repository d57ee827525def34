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

    mutating func connect(_ token: ClientToken, _ now: Moment) {
        let id = connect(addresses[failures % addresses.count], token, now)
        phase = .connecting(id)
    }

    mutating func connect(_ address: ServerAddress, _ token: ClientToken, _ now: Moment) -> Int {
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
    mutating func forgetSession() {
        renewAt = nil
        reviewAt = nil
        tokenFetches[.renewal] = nil
        watchdog.stop()
        outbox.closed()
        requests.closed()
        acknowledger.closed()
        marks.postpone()
        // What waited for a gap was not acknowledged, and comes again.
        fills = [:]
        topics.closed()
    }

    mutating func retry(code: UInt16?, after given: Int64? = nil, _ now: Moment) {
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
        acknowledger.opened(frame.cursor)
        become(.open(id), .open(edge: frame.edge ?? ""))
        watchdog.start(heartbeat: frame.heartbeat, now)
        planRenewal(now)
        outbox.opened(limits, now)
        requests.opened(limits, now)
        askForAll()
        tellMarks(now)
    }
}
