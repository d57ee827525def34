import Messaging
import RedisStreams
import Synchronization

/// Speaks to an edge as message-router does, through its stream in Redis, and does nothing else of a router's: so the edge is measured alone.
struct StandInRouter: Sendable {
    let redis: RedisConnection
    let keys: Keys
    let edge: String
    let users: [String]
    let groupSize: Int
    let body: Int
    /// Deliveries that may be on their way at once.
    let window: Int

    /// Messages of a batch, as a busy router's.
    private static let batch = 8

    /// Has messages delivered to group after group until it is over; then says how many deliveries there are to be.
    func run(_ delivered: FanOutDriver.Counter) async throws {
        let writer = EdgeWriter(redis: redis, keys: keys)
        var cursors = [MessageID](repeating: .zero, count: users.count)
        var numbers = [UInt32](repeating: 0, count: max(1, users.count / groupSize))
        var (written, sequence, group): (Int, UInt64, Int) = (0, 0, 0)
        var data = MessageStamp.data(size: body)
        while !delivered.isOver.load(ordering: .acquiring) {
            guard written - delivered.value.load(ordering: .relaxed) < window else {
                try await Task.sleep(for: .microseconds(100))
                continue
            }
            var batch = EdgeBatch(items: [])
            for _ in 0..<Self.batch {
                sequence += 1
                numbers[group] += 1
                let now = LoadLoop.now
                MessageStamp(time: now, stream: UInt32(group), number: numbers[group]).write(over: &data, at: 0)
                let id = MessageID(milliseconds: now / 1_000_000, sequence: sequence)
                let members = group * groupSize..<min(users.count, (group + 1) * groupSize)
                let recipients = members.map { member in
                    defer { cursors[member] = id }
                    return EdgeBatch.Recipient(user: users[member], cursor: id, previous: cursors[member])
                }
                batch.items.append(
                    .message(
                        .init(
                            id: id, conversation: "group:load\(group)", from: "stand-in", device: "", data: data,
                            recipients: recipients)))
                written += members.count
                group = (group + 1) % numbers.count
            }
            try await writer.write([(.edge(edge), batch)])
        }
        delivered.expected.store(written, ordering: .releasing)
    }
}
