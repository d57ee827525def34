import Logging
import Synchronization

/// Keeps what is logged, for tests to look at.
final class CollectingLog: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger { Logger(label: "test", factory: { _ in Handler(log: self) }) }

    func count(of text: String) -> Int {
        lines.withLock { $0.filter { $0.contains(text) }.count }
    }

    private struct Handler: LogHandler {
        let log: CollectingLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}
