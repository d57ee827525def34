import Messaging
import Testing

@testable import History

@Suite struct IngestHorizonTests {
    private func id(_ ms: UInt64) -> MessageID { MessageID(milliseconds: ms, sequence: 0) }

    private func look(_ partitions: (UInt64?, UInt64?)..., now: Int64 = 10_000) -> IngestHorizon.Look {
        IngestHorizon.Look(
            now: now, partitions: partitions.map { .init(position: $0.0.map(id), last: $0.1.map(id)) })
    }

    @Test func allPartitionsStoredIsThePresent() {
        let look = look((nil, nil), (5, 5), (9, 8))
        #expect(look.stored == StoredID(ms: 9999, seq: .max))
        #expect(look.newest == StoredID(ms: 8, seq: 0))
    }

    @Test func thePartitionFarthestBehindDecides() {
        let look = look((9000, 9000), (3000, 9500), (4000, 9900))
        #expect(look.stored == StoredID(ms: 3000, seq: 0))
        #expect(look.stored(0) == StoredID(ms: 9999, seq: .max))
        #expect(look.stored(2) == StoredID(ms: 4000, seq: 0))
        #expect(look.stored < look.newest)
        #expect(look.behind == 7000)
        #expect(self.look((5, 5)).behind == 1)
    }

    @Test func aPartitionNeverReadIsAtTheBeginning() {
        #expect(look((nil, 9000)).stored == .zero)
    }

    /// Of two partitions one has an entry of the very millisecond of the look: the other may yet get one of that millisecond.
    @Test func whatWasSaidInThisMillisecondIsNotYetBehindThePresent() {
        let look = look((10_000, 10_000), (9000, 9000))
        #expect(look.stored < look.newest)
        #expect(self.look((10_000, 10_000), (9000, 9000), now: 10_001).stored >= look.newest)
    }

    @Test func positionsAreThoseThatThereAre() {
        var expected = LogPositions()
        expected.raise(1, to: StoredID(ms: 7, seq: 0))
        #expect(look((nil, 9), (7, 8)).positions == expected)
    }
}
