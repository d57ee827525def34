internal import Dispatch
internal import Synchronization

/// Commands that wait for a connection's thread: bounded in number and bytes, handed out all at once.
///
/// A unit is what one call of `send` gave: its commands stay together, in order, on one link.
final class CommandQueue: Sendable {
    /// What waits, and who is told of the replies.
    struct Unit: Sendable {
        var commands: [RedisCommand]
        /// The only timeline on which they may be executed; nil for any.
        var timeline: String?
        var completion: @Sendable ([Result<RedisValue, RedisError>]) -> Void
    }

    private struct State {
        var units: [Unit] = []
        var commands = 0
        var bytes = 0
        var isOpen = true
        /// Why commands are refused at once, while there is no link.
        var refusal: RedisError?
        var isWaiting = false
    }

    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)
    private let limit: Int
    private let byteLimit: Int

    init(limit: Int, byteLimit: Int) {
        self.limit = limit
        self.byteLimit = byteLimit
    }

    /// Puts a unit at the end.
    /// - Returns: why it was refused, or nil when it was taken.
    func append(_ unit: Unit) -> RedisError? {
        let bytes = unit.commands.reduce(0) { $0 + $1.bytes.count }
        let (refusal, wakes) = state.withLock { state -> (RedisError?, Bool) in
            if let refusal = state.refusal { return (refusal, false) }
            guard state.isOpen else {
                return (RedisError(.disconnected, "the connection to Redis has been closed"), false)
            }
            guard state.commands + unit.commands.count <= limit, state.bytes + bytes <= byteLimit else {
                return (RedisError(.overloaded, "too many commands wait for Redis: try again later"), false)
            }
            state.units.append(unit)
            state.commands += unit.commands.count
            state.bytes += bytes
            defer { state.isWaiting = false }
            return (nil, state.isWaiting)
        }
        if wakes { wakeUp.signal() }
        return refusal
    }

    /// What a thread finds when it looks.
    enum Taken {
        case units([Unit])
        /// Nothing came within the time.
        case nothing
        /// Closed, and nothing is left.
        case end
    }

    /// Takes all that waits; waits up to `limit` for something to come.
    func take(waitingAtMost limit: Duration) -> Taken {
        while true {
            let taken = state.withLock { state -> Taken? in
                if !state.units.isEmpty {
                    defer {
                        state.units = []
                        state.commands = 0
                        state.bytes = 0
                    }
                    return .units(state.units)
                }
                if !state.isOpen { return .end }
                state.isWaiting = true
                return nil
            }
            if let taken { return taken }
            if wakeUp.wait(timeout: .now() + limit.inSeconds) == .timedOut {
                // Whoever found us waiting in this instant has signalled, or will: take the signal with the next wait.
                let wasWaiting = state.withLock { state in
                    defer { state.isWaiting = false }
                    return state.isWaiting
                }
                if wasWaiting { return .nothing }
                wakeUp.wait()
            }
        }
    }

    /// Refuses commands at once from here on, for the reason given; nil takes them again. Returns what waited when refusing.
    func refuse(_ reason: RedisError?) -> [Unit] {
        state.withLock { state in
            state.refusal = reason
            guard reason != nil else { return [] }
            defer {
                state.units = []
                state.commands = 0
                state.bytes = 0
            }
            return state.units
        }
    }

    /// Takes no more; the thread still gets what waits.
    func close() {
        let wakes = state.withLock { state in
            state.isOpen = false
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        if wakes { wakeUp.signal() }
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    var inMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
