import Messaging
import RedisStreams
import ServiceRuntime

extension LogPublisher {
    /// Appends what is asked of history over REST and has to be ordered with the messages.
    /// - Throws: `Problem` 503 when nothing was appended, or when it is not known.
    func append(
        _ entry: LogEntry, _ deduplication: PublishScript.Deduplication
    ) async throws(Problem) -> MessageID {
        let id: MessageID?
        do {
            id = try await publish(entry, deduplication)
        } catch {
            throw .busy("the log, or its replicas, cannot be reached now: ask again")
        }
        guard let id else { throw .busy("the log is full: its readers have to catch up first") }
        return id
    }
}
