import Messaging
import RedisStreams
import Synchronization

/// Reads the streams of the edges, and judges what message-router has written there.
final class EdgeDrain: Sendable {
    private struct State {
        var ledger = StreamLedger()
        var times = LatencyRecorder()
        var intervalTimes = LatencyRecorder()
        var messages = 0
        var unread = 0
        /// The numbers of the users by their names.
        var users: [String: Int] = [:]
    }

    private let state = Mutex(State())
    /// Deliveries so far, for who feeds the log.
    let delivered = Atomic(0)

    func expect(_ users: [String]) {
        state.withLock { state in
            for user in users where state.users[user] == nil { state.users[user] = state.users.count }
        }
    }

    /// From here on times are kept anew.
    func reset() { state.withLock { $0.times.reset() } }

    func take(_ entries: [StreamEntry]) {
        let now = LoadLoop.now
        let count = state.withLock { state in
            var count = 0
            for entry in entries {
                guard let data = entry.fields.value("batch", at: 0), let batch = try? EdgeBatch(decoding: data) else {
                    state.unread += 1
                    continue
                }
                for case .message(let message) in batch.items {
                    guard let stamp = MessageStamp(message.data.span, at: 0) else {
                        state.unread += 1
                        continue
                    }
                    for recipient in message.recipients {
                        guard let user = state.users[recipient.user] else { continue }
                        if state.ledger.note(stamp.number, of: stamp.stream, for: user) != .repeated { count += 1 }
                    }
                    let time = now - min(now, stamp.time)
                    state.times.add(nanoseconds: time)
                    state.intervalTimes.add(nanoseconds: time)
                }
            }
            return count
        }
        delivered.add(count, ordering: .releasing)
    }

    /// Times since the last call.
    func interval() -> LatencyRecorder {
        state.withLock { state in
            defer { state.intervalTimes.reset() }
            return state.intervalTimes
        }
    }

    var times: LatencyRecorder { state.withLock { $0.times } }
    var unread: Int { state.withLock { $0.unread } }
    var violations: [String: Int] {
        state.withLock { ["repeated": $0.ledger.repeated, "out of order": $0.ledger.disordered] }
    }

    func lost(of stream: UInt32, sent: UInt32, for user: String) -> Int {
        state.withLock { state in
            state.users[user].map { state.ledger.lost(of: stream, sent: sent, for: $0) } ?? Int(sent)
        }
    }
}
