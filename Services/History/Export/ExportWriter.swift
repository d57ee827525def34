import Hummingbird
import NIOCore
import Synchronization

/// Writes the lines of an export, page by page: what goes out next is fetched when what went out before has been taken.
///
/// Not Sendable: one export has it.
struct ExportWriter: ~Copyable {
    /// When something last went out, for whoever watches.
    final class Pulse: Sendable {
        private let last = Mutex(ContinuousClock.now)

        var time: ContinuousClock.Instant { last.withLock { $0 } }
        func beat() { last.withLock { $0 = .now } }
    }

    /// A line that says nothing, for those between who close what is silent.
    private static let silence = Duration.seconds(10)

    let pulse: Pulse
    private var body: any ResponseBodyWriter
    private var lines = JSONText()
    private(set) var messages = 0

    init(_ body: any ResponseBodyWriter, pulse: Pulse) {
        self.body = body
        self.pulse = pulse
    }

    /// Adds a line.
    mutating func line(_ write: (inout JSONText) -> Void) {
        write(&lines)
        lines.raw("\n")
    }

    /// Adds messages, a line each.
    mutating func messages(_ rows: [MessageRow], in conversation: String) {
        for row in rows {
            line { json in
                json.raw(#"{"type":"message","message":"#)
                json.message(row, in: conversation)
                json.raw("}")
            }
        }
        messages += rows.count
    }

    /// Sends what was added, and waits until it may send more. Throws when the client is gone.
    @concurrent mutating func flush() async throws {
        if lines.bytes.isEmpty {
            guard ContinuousClock.now - pulse.time > Self.silence else { return try Task.checkCancellation() }
            line { $0.raw(#"{"type":"progress"}"#) }
        }
        try await body.write(ByteBuffer(bytes: lines.bytes))
        lines = JSONText()
        pulse.beat()
    }

    /// The last line, by which a whole export is told from one that was cut off.
    @concurrent mutating func finish() async throws {
        let count = messages
        line { json in
            json.raw(#"{"type":"complete","messages":"#)
            json.number(count)
            json.raw("}")
        }
        try await flush()
        try await body.finish(nil)
    }
}
