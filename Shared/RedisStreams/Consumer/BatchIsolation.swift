internal import Messaging

/// What becomes of a batch that its handler refuses: it is halved until what cannot be handled stands alone, and that is put aside after some tries.
///
/// Pure. The pieces come one after the other, in order, so that what is around a poisoned entry goes on as it would have without it. An outage changes nothing:
/// the same piece comes again, however often.
struct BatchIsolation {
    enum Step {
        /// Hand this to the handler.
        case handle(PartitionBatch)
        /// Put this entry aside.
        case putAside(StreamEntry, reason: String, tries: Int)
        case finished
    }

    private let batch: PartitionBatch
    /// What is left, the next last.
    private var pieces: [Range<Int>]
    private var signals: [StreamEntry]
    private var tries = 0
    private var verdict: String?

    init(_ batch: PartitionBatch) {
        self.batch = batch
        signals = batch.signals
        pieces = [batch.entries.indices]
    }

    var step: Step {
        guard let piece = pieces.last else { return .finished }
        if let verdict { return .putAside(batch.entries[piece.lowerBound], reason: verdict, tries: tries) }
        let isWhole = piece.count == batch.entries.count
        return .handle(
            isWhole && signals.count == batch.signals.count
                ? batch
                : PartitionBatch(
                    partition: batch.partition, entries: Array(batch.entries[piece]), signals: signals,
                    timeline: batch.timeline))
    }

    /// The piece has been handled, or put aside.
    mutating func done() {
        pieces.removeLast()
        signals = []
        tries = 0
        verdict = nil
    }

    /// The piece was refused because of an outage. Signals are worth nothing later.
    mutating func interrupted() { signals = [] }

    /// The piece was refused for its own sake. Returns how long to wait before the next step.
    mutating func refused(reason: String, patience: inout Patience, now: ContinuousClock.Instant) -> Duration {
        signals = []
        guard let piece = pieces.last else { return .zero }
        if piece.isEmpty {
            // Signals alone: they come once.
            done()
            return .zero
        }
        guard piece.count == 1 else {
            let middle = piece.lowerBound + piece.count / 2
            pieces[pieces.count - 1] = middle..<piece.upperBound
            pieces.append(piece.lowerBound..<middle)
            return .zero
        }
        tries += 1
        if !patience.isProven(reason, now: now), let pause = patience.pause(after: tries, now: now) { return pause }
        patience.prove(reason, now: now)
        verdict = reason
        return .zero
    }
}
