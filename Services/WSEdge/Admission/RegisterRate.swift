import NIOCore

/// How many registrations a second are answered when there are enough of them: what a storm can be told to keep to.
///
/// An idle edge answers few because few are asked, which says nothing; so a lower number counts only if some were waiting all the while.
struct RegisterRate {
    private static let window = TimeAmount.milliseconds(500)

    private(set) var perSecond: Double
    private var answered = 0
    private var began: NIODeadline
    /// Whether there was more to do than was done, all through the present window.
    private var isSaturated = false

    /// - Parameter guess: What to go by until something has been measured.
    init(guess: Int, now: NIODeadline) {
        perSecond = Double(max(1, guess))
        began = now
    }

    /// Somebody begins to wait: measure from here on.
    mutating func saturated(now: NIODeadline) {
        isSaturated = true
        answered = 0
        began = now
    }

    /// Nobody waits any more.
    mutating func relieved() { isSaturated = false }

    mutating func answer(now: NIODeadline) {
        answered += 1
        measure(now: now)
    }

    /// To be called now and then, so that a Redis that answers nothing is noticed too.
    mutating func measure(now: NIODeadline) {
        let elapsed = now - began
        guard elapsed >= Self.window else { return }
        let measured = Double(answered) / (Double(elapsed.nanoseconds) / 1e9)
        if isSaturated {
            perSecond = max(1, (perSecond + measured) / 2)
        } else {
            perSecond = max(perSecond, measured)
        }
        answered = 0
        began = now
    }
}
