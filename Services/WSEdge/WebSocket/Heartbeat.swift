import NIOCore

/// When to ping, and when the answer is overdue.
struct Heartbeat {
    enum Action: Equatable { case none, ping, missed }

    let interval: TimeAmount
    let timeout: TimeAmount
    private var nextPing: NIODeadline
    private var answerDue: NIODeadline?

    init(interval: TimeAmount, timeout: TimeAmount, now: NIODeadline) {
        self.interval = interval
        self.timeout = timeout
        nextPing = now + interval
    }

    /// The other side lives: whatever it sends shows that, since an answer waits behind a long message.
    mutating func heard() { answerDue = nil }

    /// - Parameter isListening: whether what the other side sends is being read; else it cannot be blamed for its silence.
    mutating func tick(now: NIODeadline, isListening: Bool) -> Action {
        guard isListening else {
            answerDue = nil
            return .none
        }
        if let answerDue { return now >= answerDue ? .missed : .none }
        guard now >= nextPing else { return .none }
        nextPing = now + interval
        answerDue = now + timeout
        return .ping
    }
}
