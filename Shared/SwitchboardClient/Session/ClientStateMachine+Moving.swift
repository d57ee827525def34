import Messaging

// One session in place of another, without a break
extension ClientStateMachine {
    /// The edge is going away: connects elsewhere within the time, at a moment of its own.
    mutating func move(_ frame: FrameFields, _ now: Moment) {
        guard leaveAt == nil else { return }
        endSuccessor()
        let within = min(max(frame.within ?? 1000, 0), 600_000)
        let address = frame.url.flatMap { try? ServerAddress($0, schemes: ["ws": 80, "wss": 443]) }
        // By TLS as before: who came by it is not led out of it, and who came without has nobody to trust.
        let isAllowed = address.map { $0.isSecure == addresses[0].isSecure } ?? true
        let at = now.elapsed + Int64(random() * Double(within) * 0.8)
        successor = Successor(step: .planned(at: at), address: isAllowed ? address : nil)
    }

    mutating func prepareSuccessor(_ now: Moment) {
        successor?.step = .preparing
        // It resumes after all that was taken so far; what comes on both is told apart by its cursor.
        acknowledge()
        if let token, token.isGood(now) { connectSuccessor(token, now) } else { fetchToken(.successor, now) }
    }

    mutating func connectSuccessor(_ token: ClientToken, _ now: Moment) {
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
    mutating func successorEnded(_ now: Moment) {
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

    mutating func endSuccessor() {
        if case .connecting(let id) = successor?.step {
            welcomeDeadlines[id] = nil
            actions.append(.close(id))
        }
        successor = nil
        tokenFetches[.successor] = nil
    }
}
