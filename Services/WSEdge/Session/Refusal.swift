import Messaging
import RedisStreams

/// Why something was not done.
struct Refusal {
    /// After how many milliseconds to try again: not the same for everybody.
    static var pause: Int { .random(in: 500...1500) }

    let code: ErrorCode
    let message: String
    let retryAfter: Int?
}

extension Refusal {
    /// What a client is told when Redis did not do what it was asked to.
    init(_ error: RedisError) {
        switch error.code {
        case .overloaded, .disconnected, .timedOut:
            self.init(
                code: .busy, message: "the log cannot be reached: send again with the same n after retryAfter ms",
                retryAfter: Self.pause)
        case .server("NOREPLICAS"):
            self.init(
                code: .busy,
                message: "not enough replicas have the message yet: send again with the same n after retryAfter ms",
                retryAfter: Self.pause)
        // Redis is there and does not write at present: memory, disk, role, start.
        case _ where error.isTrouble:
            self.init(
                code: .busy,
                message: "the log takes nothing at present: send again with the same n after retryAfter ms",
                retryAfter: Self.pause)
        default:
            self.init(code: .internalError, message: "the message could not be appended to the log", retryAfter: nil)
        }
    }
}
