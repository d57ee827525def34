import Messaging
import Testing

@testable import History

@Suite struct IngestHorizonTests {
    private func id(_ ms: UInt64) -> MessageID { MessageID(milliseconds: ms, sequence: 0) }

    @Test func allPartitionsStoredIsThePresent() {
        let horizon = IngestHorizon.horizon(now: 10_000, partitions: [(nil, nil), (id(5), id(5)), (id(9), id(8))])
        #expect(horizon.id == StoredID(ms: 9999, seq: .max))
        #expect(horizon.isPresent)
    }

    @Test func thePartitionFarthestBehindDecides() {
        let behind = [(id(9000), id(9000)), (id(3000), id(9500)), (id(4000), id(9900))]
        let horizon = IngestHorizon.horizon(now: 10_000, partitions: behind.map { ($0.0, $0.1) })
        #expect(horizon.id == StoredID(ms: 3000, seq: 0))
        #expect(!horizon.isPresent)
    }

    @Test func aPartitionNeverReadIsAtTheBeginning() {
        let horizon = IngestHorizon.horizon(now: 10_000, partitions: [(nil, id(9000))])
        #expect(horizon.id == .zero)
        #expect(!horizon.isPresent)
    }

    @Test func beingBehindByAMomentCountsAsThePresent() {
        #expect(IngestHorizon.horizon(now: 10_000, partitions: [(id(9000), id(9500))]).isPresent)
    }
}
