import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// One writer: gathers what its share of the partitions brings into transactions, one after the other on a connection of its own, and answers
/// each partition when its part is stored.
///
/// While the database fails, it tries with growing pauses; the rest waits here, and so nothing more is read.
final class BatchLane: Sendable {
    /// Entries of a transaction at most, unless one partition alone brings more; which it does not, see ``IngestHandler/batch``.
    static let batch = 5000
    /// What they weigh at most.
    static let bytes = 16 << 20

    private struct Ticket {
        var partition: Int
        var records: [IngestRecord]
        var answer: CheckedContinuation<Result<Void, any Error>, Never>
    }

    private struct State {
        var queue = BatchQueue<Ticket>(size: batch, bytes: bytes, linger: .milliseconds(20), writers: 1)
        var isStopping = false
    }

    /// Which of the database's writers it uses.
    private let number: Int
    private let store: BatchStore
    private let health: IngestHealth
    private let state = Mutex(State())
    /// Something has happened that may be a reason to store.
    private let alarm = Alarm()

    init(_ number: Int, store: BatchStore, health: IngestHealth) {
        self.number = number
        self.store = store
        self.health = health
    }

    /// Lets entries through: the database has been prepared.
    func open() {
        state.withLock { $0.queue.open() }
        alarm.rouse()
    }

    /// Returns when the records of a partition are stored, or put aside as dead letters. Throws when they must come again.
    func write(_ records: [IngestRecord], bytes: Int, partition: Int) async throws {
        try await withGracefulShutdownHandler {
            try await withCheckedContinuation { answer in
                let isTaken = state.withLock { state in
                    guard !state.isStopping else { return false }
                    let ticket = Ticket(partition: partition, records: records, answer: answer)
                    state.queue.add(ticket, count: records.count, bytes: bytes, now: .now)
                    return true
                }
                if isTaken { alarm.rouse() } else { answer.resume(returning: .failure(CancellationError())) }
            }.get()
        } onGracefulShutdown: {
            self.abandonIfStalled()
        }
    }

    /// Stores until ``stop()``, or cancellation, and then what waits if the database is there.
    func run() async {
        while true {
            if Task.isCancelled { stop() }
            let (action, isOver) = state.withLock { state in
                (state.queue.next(now: .now), state.isStopping && state.queue.isEmpty)
            }
            if isOver { break }
            switch action {
            case .wait: await alarm.sleep(until: nil)
            case .waitUntil(let time): await alarm.sleep(until: time)
            case .store(let tickets): await perform(tickets)
            }
        }
    }

    private func perform(_ tickets: [Ticket]) async {
        let partitions = tickets.lazy.map(\.partition)
        let result: Result<Void, any Error>
        do {
            try await store.store(tickets.flatMap(\.records), lane: number)
            state.withLock { $0.queue.stored() }
            health.stored(partitions)
            result = .success(())
        } catch {
            state.withLock { $0.queue.failed(now: .now, jitter: .random(in: 0...1)) }
            health.failed(partitions, reason: "\(error)")
            result = .failure(error)
        }
        for ticket in tickets { ticket.answer.resume(returning: result) }
        if state.withLock({ $0.isStopping }) { abandonIfStalled() }
    }

    /// At shutdown, what waits for a database that is not there would hold it up; it is in the log and comes again.
    private func abandonIfStalled() {
        let tickets = state.withLock { $0.queue.isStalled ? $0.queue.abandon() : [] }
        for ticket in tickets { ticket.answer.resume(returning: .failure(CancellationError())) }
    }

    /// Ends ``run()``.
    func stop() {
        state.withLock { $0.isStopping = true }
        abandonIfStalled()
        alarm.rouse()
    }
}
