/// Why the way of messages counts as broken: its newest proof is too old.
public struct CanaryFailure: Hashable, Sendable {
    /// What is known of the canary that is missing.
    public enum Cause: Hashable, Sendable {
        /// Redis has not said whether it took it.
        case unanswered
        /// It was not taken, and why: the words name the part at fault.
        case refused(String)
        /// The log took it; who reads the log has not returned it.
        case notReturned
    }

    /// The partition that has been broken the longest; nil when none has been asked.
    public var partition: Int?
    /// How many more are broken.
    public var others: Int
    /// How old the newest proof is.
    public var age: Duration
    public var cause: Cause

    /// The reason for `/readyz`. `reader`: the part that is to return canaries, with what it does.
    public func reason(reader: String) -> String {
        let time = "for \(age.components.seconds) s"
        guard let partition else { return "no canary has been sent \(time)" }
        let more = others > 0 ? " (and \(others) more)" : ""
        return switch cause {
        case .unanswered: "redis has not answered whether partition \(partition)\(more) took a canary, \(time)"
        case .refused(let reason): "partition \(partition)\(more) has taken no canary \(time): \(reason)"
        case .notReturned: "no canary has come back from partition \(partition)\(more) \(time): \(reader)"
        }
    }
}
