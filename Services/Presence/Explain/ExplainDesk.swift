import Logging
import Messaging
import RedisStreams
import ServiceLifecycle
import Synchronization

/// Asks edges what they know of a user's sessions, through Redis: the question goes along with what the router tells them, the answers come on a stream of this instance.
///
/// An edge that is paused, cut off or of a version that does not know the question does not answer: nobody is waited for longer than two seconds.
final class ExplainDesk: Service {
    static let patience = Duration.seconds(2)
    /// The questions that may be under way at once.
    static let limit = 8

    private let waiting = Mutex<[String: AsyncStream<EdgeAnswer>.Continuation]>([:])
    private let writer: EdgeWriter
    private let instance: String
    private let patience: Duration
    private let tail: Mutex<StreamTail?> = Mutex(nil)
    private let makeTail: @Sendable (@escaping @Sendable ([StreamEntry]) -> Void) -> StreamTail

    init(
        redis: RedisConfiguration, writer: EdgeWriter, keys: Keys, instance: String,
        patience: Duration = ExplainDesk.patience, logger: Logger
    ) {
        self.writer = writer
        self.instance = instance
        self.patience = patience
        makeTail = { onEntries in
            StreamTail(
                redis: redis, keys: [keys.explanations(instance)], name: "explanations", logger: logger,
                onEntries: { _, entries in onEntries(entries) }, onReconnect: {})
        }
    }

    /// Whether answers would be heard.
    var isListening: Bool { tail.withLock { $0?.isFollowing ?? false } }

    func run() async throws {
        let tail = makeTail { [weak self] entries in self?.take(entries) }
        self.tail.withLock { $0 = tail }
        try await tail.run()
    }

    private func take(_ entries: [StreamEntry]) {
        for answer in entries.compactMap({ EdgeAnswer(fields: $0.fields) }) {
            waiting.withLock { $0[answer.request] }?.yield(answer)
        }
    }

    /// What these edges say of the user's sessions, by edge; one that does not answer in time is missing.
    /// - Returns: nil when too many questions are under way.
    /// - Throws: `RedisError` when they could not be asked.
    func ask(_ edges: Set<String>, of user: String) async throws(RedisError) -> [String: EdgeAnswer]? {
        guard !edges.isEmpty else { return [:] }
        let request = String(UInt64.random(in: .min ... .max), radix: 36)
        let (answers, continuation) = AsyncStream.makeStream(
            of: EdgeAnswer.self, bufferingPolicy: .bufferingOldest(edges.count))
        let isTaken = waiting.withLock { waiting in
            guard waiting.count < Self.limit else { return false }
            waiting[request] = continuation
            return true
        }
        guard isTaken else { return nil }
        defer { _ = waiting.withLock { $0.removeValue(forKey: request) } }
        let question = EdgeBatch(items: [.explain(user: user, request: request, instance: instance)])
        try await writer.write(edges.sorted().map { (.edge($0), question) })
        return await gather(answers, of: edges)
    }

    private func gather(_ answers: AsyncStream<EdgeAnswer>, of edges: Set<String>) async -> [String: EdgeAnswer] {
        let patience = patience
        return await withTaskGroup(of: [String: EdgeAnswer]?.self) { group in
            // Cancelled when the time is over: then the stream ends, and what has come counts.
            group.addTask {
                var found: [String: EdgeAnswer] = [:]
                for await answer in answers where edges.contains(answer.edge) {
                    found[answer.edge] = answer
                    if found.count == edges.count { break }
                }
                return found
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            return (await group.next() ?? nil) ?? [:]
        }
    }
}
