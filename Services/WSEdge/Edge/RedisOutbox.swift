import CoreMetrics
import Logging
import NIOCore
import RedisStreams

/// Gathers an event loop's commands for Redis: all of one turn go as one unit, with one reply and one hop back.
final class RedisOutbox {
    typealias Completion = (Result<RedisValue, RedisError>) -> Void

    private let link: RedisLink
    private let eventLoop: any EventLoop
    private let turn: LoopTurn
    private let metrics: WSEdgeMetrics
    private var commands: [RedisCommand] = []
    private var completions: [Completion] = []
    /// Units sent and not answered yet.
    private(set) var unanswered = 0

    init(link: RedisLink, eventLoop: any EventLoop, turn: LoopTurn, metrics: WSEdgeMetrics) {
        self.link = link
        self.eventLoop = eventLoop
        self.turn = turn
        self.metrics = metrics
    }

    /// Whether commands sent now have a chance.
    var isConnected: Bool { link.isConnected() }

    /// Whether everything has been sent and answered.
    var isIdle: Bool { commands.isEmpty && unanswered == 0 }

    /// Sends a command at the end of the turn. `completion` runs on this event loop; commands are executed in the order in which they were given.
    func send(_ command: RedisCommand, _ completion: @escaping Completion = { _ in }) {
        commands.append(command)
        completions.append(completion)
        turn.schedule()
    }

    /// Sends commands at the end of the turn, in this order. `completion` gets all the results; it runs on this event loop.
    func send(_ commands: [RedisCommand], _ completion: @escaping ([Result<RedisValue, RedisError>]) -> Void) {
        var results: [Result<RedisValue, RedisError>] = []
        results.reserveCapacity(commands.count)
        for command in commands {
            send(command) { result in
                results.append(result)
                if results.count == commands.count { completion(results) }
            }
        }
    }

    /// Sends what has gathered.
    func flush() {
        guard !commands.isEmpty else { return }
        let commands = commands
        self.commands = []
        self.commands.reserveCapacity(commands.count)
        let waiting = NIOLoopBound(completions, eventLoop: eventLoop)
        completions = []
        completions.reserveCapacity(commands.count)
        unanswered += 1
        let start = NIODeadline.now()
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        let eventLoop = eventLoop
        link.send(commands) { results in
            eventLoop.execute { this.value.complete(waiting.value, results, since: start) }
        }
    }

    private func complete(
        _ completions: [Completion], _ results: [Result<RedisValue, RedisError>], since start: NIODeadline
    ) {
        unanswered -= 1
        metrics.redisLatency.recordNanoseconds((NIODeadline.now() - start).nanoseconds)
        for (completion, result) in zip(completions, results) { completion(result) }
    }
}

@available(*, unavailable)
extension RedisOutbox: Sendable {}
