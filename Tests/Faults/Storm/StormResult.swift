import Foundation
import NIOCore

/// What a storm has shown.
struct StormResult: Codable, Sendable {
    /// Milliseconds.
    struct Spread: Codable, Sendable {
        var p50 = 0.0
        var p99 = 0.0
        var max = 0.0

        /// The percentiles of values, which are in any order.
        init(_ values: [Double]) {
            guard !values.isEmpty else { return }
            let sorted = values.sorted()
            p50 = sorted[min(sorted.count - 1, sorted.count / 2)]
            p99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
            max = sorted[sorted.count - 1]
        }

        var text: String { String(format: "p50 %.1f  p99 %.1f  max %.1f ms", p50, p99, max) }
    }

    var fault: String
    var sessions: Int
    /// Sessions that had a new one on another edge in the end.
    var back = 0
    /// From the fault to the new session.
    var backAfter = Spread([])
    /// Without any session.
    var offline = Spread([])
    /// Without any session, less what the client itself had drawn to wait.
    var beyondBackOff = Spread([])
    var movedWithoutBreak = 0
    var attempts = 0
    var refused = 0
    var failed = 0
    /// From the fault to the end of the edge's process, in seconds.
    var edgeEnded = 0.0
    /// Delivery among the sessions of the other edges: before the fault, and from the fault until all were back.
    var before = Spread([])
    var during = Spread([])
    var messagesDuring = 0
    var sent = 0
    var delivered = 0
    /// What is not as promised, in words.
    var complaints: [String] = []

    init(fault: String, sessions: Int) {
        self.fault = fault
        self.sessions = sessions
    }

    mutating func take(_ stories: [StormClient.Story]) {
        func milliseconds(_ time: TimeAmount) -> Double { Double(time.nanoseconds) / 1e6 }
        back = stories.count { $0.isBack }
        backAfter = Spread(stories.filter(\.isBack).map { milliseconds($0.back) })
        offline = Spread(stories.map { milliseconds($0.offline) })
        beyondBackOff = Spread(stories.map { milliseconds($0.offline) - milliseconds($0.waited) }.map { max(0, $0) })
        movedWithoutBreak = stories.count { $0.isBack && $0.wasMoved && $0.offline == .zero }
        attempts = stories.reduce(0) { $0 + $1.attempts }
        refused = stories.reduce(0) { $0 + $1.refused }
        failed = stories.reduce(0) { $0 + $1.failed }
    }

    /// Name and value of each line of the table.
    var lines: [(String, String)] {
        [
            ("sessions back", "\(back) of \(sessions)"),
            ("back after", backAfter.text),
            ("offline", offline.text),
            ("offline past back-off", beyondBackOff.text),
            ("moved without a break", "\(movedWithoutBreak)"),
            ("handshakes", "\(attempts) (refused for now \(refused), failed \(failed))"),
            ("edge ended after", String(format: "%.1f s", edgeEnded)),
            ("delivery before", before.text),
            ("delivery meanwhile", "\(during.text), \(messagesDuring) messages"),
            ("delivered", "\(delivered) of \(sent)"),
        ]
    }
}
