/// What went wrong with Redis. Descriptions carry no arguments of commands and no password.
public struct RedisError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Code: Hashable, Sendable {
        /// The queue of commands is full: nothing was sent. Try again later.
        case overloaded
        /// There is no link to Redis, or it broke: whether the command took effect is not known.
        case disconnected
        /// Redis did not answer in time: whether the command took effect is not known.
        case timedOut
        /// Redis answered with an error, whose first word is given (`OOM`, `MISCONF`, `WRONGTYPE`, …).
        case server(String)
        /// Redis answered with something that this command never answers.
        case unexpectedReply
        /// A setting is wrong; the description says which and what to do.
        case configuration
    }

    public let code: Code
    public let description: String

    /// An error of its parts.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    static func unexpectedReply(_ command: StaticString) -> RedisError {
        RedisError(.unexpectedReply, "Redis' reply to \(command) has an unexpected shape")
    }

    static func server(_ message: String) -> RedisError {
        RedisError(.server(String(message.prefix { $0 != " " })), "Redis answered: \(message)")
    }
}
