// The end
extension ClientStateMachine {
    /// The application wants to end: what is on its way may still be answered, for so many milliseconds.
    mutating func leave(within grace: Int64, _ now: Moment) -> [ClientAction] {
        guard phase != .stopped else { return finish(now) }
        leaveAt = min(leaveAt ?? .max, now.elapsed + grace)
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
