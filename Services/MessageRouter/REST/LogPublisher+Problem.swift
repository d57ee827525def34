import Messaging
import RedisStreams
import ServiceRuntime

extension LogPublisher {
    /// Appends an entry for REST.
    /// - Throws: `Problem` 503 when nothing was appended, or when it is not known.
    func append(
        _ entry: LogEntry, _ deduplication: PublishScript.Deduplication = .none
    ) async throws(Problem) -> MessageID {
        let id: MessageID?
        do {
            id = try await publish(entry, deduplication)
        } catch {
            switch error.code {
            case .disconnected, .timedOut, .server("NOREPLICAS"):
                throw .busy(
                    "the log, or its replicas, cannot be reached now; repeat the request with the same Idempotency-Key")
            default: throw .busy("the log does not take entries now")
            }
        }
        guard let id else { throw .busy("the log is full: its readers have to catch up first") }
        return id
    }
}
