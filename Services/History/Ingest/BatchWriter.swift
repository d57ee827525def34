import Logging
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// Gathers what the partitions bring into transactions, two under way at a time, and answers each partition when its part is stored.
///
/// While the database fails, one transaction at a time tries, with growing pauses; the rest waits here, and so nothing more is read.
final class BatchWriter: Service, Sendable {
    /// The part of the readiness that this speaks for.
    static let part = "ingest"
    static let batch = 500
    static let writers = 2

    private struct Ticket {
        var records: [IngestRecord]
        var answer: CheckedContinuation<Result<Void, any Error>, Never>
    }

    private struct State {
        var queue = BatchQueue<Ticket>(size: batch, linger: .milliseconds(20), writers: writers)
        var isStopping = false
    }

    private let store: BatchStore
    private let readiness: Readiness
    private let logger: Logger
    private let state = Mutex(State())
    /// Something has happened that may be a reason to store.
    private let alarm = Alarm()

    init(store: BatchStore, readiness: Readiness, logger: Logger) {
        self.store = store
        self.readiness = readiness
        self.logger = logger
    }

    /// Lets entries through: the database has been prepared.
    func open() {
        state.withLock { $0.queue.open() }
        alarm.rouse()
    }

    /// Returns when the records are stored, or put aside as dead letters. Throws when they must come again.
    func write(_ records: [IngestRecord]) async throws {
        guard !records.isEmpty else { return }
        try await withGracefulShutdownHandler {
            try await withCheckedContinuation { answer in
                let isTaken = state.withLock { state in
                    guard !state.isStopping else { return false }
                    state.queue.add(Ticket(records: records, answer: answer), count: records.count, now: .now)
                    return true
                }
                if isTaken { alarm.rouse() } else { answer.resume(returning: .failure(CancellationError())) }
            }.get()
        } onGracefulShutdown: {
            self.abandonIfStalled()
        }
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                while true {
                    if Task.isCancelled { stop() }
                    let (action, isOver) = state.withLock { state in
                        (state.queue.next(now: .now), state.isStopping && state.queue.isEmpty)
                    }
                    if isOver { break }
                    switch action {
                    case .wait: await alarm.sleep(until: nil)
                    case .waitUntil(let time): await alarm.sleep(until: time)
                    case .store(let tickets): group.addTask { await self.write(tickets) }
                    }
                }
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    private func write(_ tickets: [Ticket]) async {
        let result: Result<Void, any Error>
        do {
            try await store.store(tickets.flatMap(\.records))
            state.withLock { $0.queue.stored() }
            readiness.ready(Self.part)
            result = .success(())
        } catch {
            state.withLock { $0.queue.failed(now: .now, jitter: .random(in: 0...1)) }
            readiness.notReady(Self.part, "\(error)")
            result = .failure(error)
        }
        for ticket in tickets { ticket.answer.resume(returning: result) }
        alarm.rouse()
    }

    /// At shutdown, what waits for a database that is not there would hold it up; it is in the log and comes again.
    private func abandonIfStalled() {
        let tickets = state.withLock { $0.queue.isStalled ? $0.queue.abandon() : [] }
        for ticket in tickets { ticket.answer.resume(returning: .failure(CancellationError())) }
    }

    private func stop() {
        state.withLock { $0.isStopping = true }
        abandonIfStalled()
        alarm.rouse()
    }
}
