import Foundation
import Synchronization

/// Requests over some connections, each with one at a time and a thread of its own: as many as can be (closed loop), or at a rate, each timed from when
/// it was due (open loop).
struct RequestLoad: Sendable {
    /// What of, for messages to people.
    var name: String
    /// Of a server on this machine.
    var port: Int
    /// Taken in turn.
    var requests: [[UInt8]]
    var connections = 4
    /// Requests a second over all connections; nil for as many as can be.
    var rate: Double?
    /// Seconds that are not counted, and that are.
    var warmUp = 0.5
    var seconds = 3.0

    /// What came of them.
    struct Result: Sendable {
        var times = LatencyRecorder()
        var from: UInt64 = 0
        var to: UInt64 = 0
        /// Answers that were not 200, by their status.
        var refused: [Int: Int] = [:]
        /// The first of these.
        var example: String?
        var intervals: [Timeline.Interval] = []

        var count: Int { times.count }
    }

    private struct Part: Sendable {
        var done: [Done] = []
        var refused: [Int: Int] = [:]
        var example: String?
    }

    private struct Done: Sendable {
        var at: UInt64
        var nanoseconds: UInt64
    }

    /// - Parameter show: told every half a second, with the share of the time that is over.
    /// - Throws: `LoadError` when there is nothing to ask, and what the connection throws.
    func run(show: @escaping @Sendable (Timeline.Interval, Double) -> Void = { _, _ in }) async throws -> Result {
        guard !requests.isEmpty else { throw LoadError.refused("\(name): there is nothing to ask for") }
        let start = LoadLoop.now
        let next = NextRequest(start: start)
        let parts = try await withThrowingTaskGroup(of: Part.self) { group in
            for _ in 0..<connections { group.addTask { try await onThread { try ask(from: start, next, show) } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        var result = Result()
        (result.from, result.to) = (start + UInt64(warmUp * 1e9), start + UInt64((warmUp + seconds) * 1e9))
        for part in parts {
            for done in part.done { result.times.add(nanoseconds: done.nanoseconds) }
            result.refused.merge(part.refused, uniquingKeysWith: +)
            result.example = result.example ?? part.example
        }
        result.intervals = Timeline.made(
            of: parts.flatMap { $0.done.map { ($0.at, $0.nanoseconds) } }, from: result.from, to: result.to)
        return result
    }

    /// Which request is the next one, and how it goes, for all connections.
    private final class NextRequest: Sendable {
        let number = Atomic(0)
        let timeline: Mutex<Timeline>

        init(start: UInt64) { timeline = Mutex(Timeline(start: start)) }
    }

    private func ask(
        from start: UInt64, _ next: NextRequest, _ show: @Sendable (Timeline.Interval, Double) -> Void
    ) throws -> Part {
        let client = try KeepAliveClient(port: port)
        var part = Part()
        let (counted, end) = (start + UInt64(warmUp * 1e9), start + UInt64((warmUp + seconds) * 1e9))
        while true {
            let number = next.number.add(1, ordering: .relaxed).oldValue
            var due = LoadLoop.now
            if let rate {
                let now = due
                due = start + UInt64(Double(number) / rate * 1e9)
                if due > now, due < end { Thread.sleep(forTimeInterval: Double(due - now) / 1e9) }
            }
            if due >= end {
                // One is counted for each connection, however slow it is: what is slower than all that time is not to look like nothing.
                guard part.done.isEmpty, part.refused.isEmpty else { return part }
                due = LoadLoop.now
            }
            let answer = try client.send(requests[number % requests.count])
            let now = LoadLoop.now
            let interval = next.timeline.withLock { timeline in
                timeline.add(nanoseconds: now - due)
                return timeline.roll(at: now)
            }
            if let interval { show(interval, Double(now - start) / Double(end - start)) }
            guard due >= counted else { continue }
            guard answer.status == 200 else {
                part.refused[answer.status, default: 0] += 1
                part.example = part.example ?? String(decoding: answer.body.prefix(300), as: UTF8.self)
                continue
            }
            part.done.append(Done(at: now, nanoseconds: now - due))
        }
    }
}
