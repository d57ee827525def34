/// What went wrong with Redis. Descriptions carry no arguments of commands and no password.
public struct RedisError: OutageError, Hashable, Sendable, CustomStringConvertible {
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

    /// Whether it is the fault of Redis, of the way to it or of the set-up, and not of what was asked: the same may succeed once that is mended.
    ///
    /// What fails like this is tried for as long as it takes, and nothing is ever given up for it.
    public var isOutage: Bool {
        switch code {
        case .overloaded, .disconnected, .timedOut, .configuration: true
        case .unexpectedReply: false
        // Some errors of a script name the true one only further on.
        case .server("ERR"):
            description.split { $0 == " " || $0 == ":" }.contains { Self.outages.contains($0.drop { $0 == "-" }) }
        case .server(let word): Self.outages.contains(word[...])
        }
    }

    /// First words of errors by which Redis says that it cannot do something now, or not for this user of it.
    /// Source: `shared` in Redis' server.c, and https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
    private static let outages: Set<Substring> = [
        "LOADING", "BUSY", "MISCONF", "OOM", "READONLY", "MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN", "MOVED",
        "ASK", "NOSCRIPT", "UNKILLABLE", "NOAUTH", "WRONGPASS", "NOPERM", "DENIED", "FAILOVER",
    ]

    /// The same error as one of the installation: for what all entries need alike, so that none of them is blamed.
    /// - Parameter what: what cannot be done, and what to do about it.
    public func concerningAll(_ what: String) -> RedisError {
        isOutage ? self : RedisError(.configuration, "\(what): \(description)")
    }

    static func unexpectedReply(_ command: StaticString) -> RedisError {
        RedisError(.unexpectedReply, "Redis' reply to \(command) has an unexpected shape")
    }

    static func server(_ message: String) -> RedisError {
        RedisError(.server(String(message.prefix { $0 != " " })), "Redis answered: \(message)")
    }
}

/// An error that knows whether it is the fault of something that all work needs alike (a server, the network, the set-up), or of the work itself.
public protocol OutageError: Error {
    /// Whether the same work may succeed once something else has been mended.
    var isOutage: Bool { get }
}
