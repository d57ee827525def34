import Messaging
import Testing

@testable import RedisStreams

@Suite struct PositionCommitterTests {
    private func step(_ term: Int64, from: UInt64, to: UInt64, count: Int = 1) -> PositionCommitter.Reached {
        .init(
            term: term, from: MessageID(milliseconds: from, sequence: 0),
            to: MessageID(milliseconds: to, sequence: 0), count: count)
    }

    @Test func stepsOfOneTermAreCommittedAsOne() {
        var whole: PositionCommitter.Reached?
        PositionCommitter.add(step(1, from: 10, to: 12, count: 2), to: &whole)
        PositionCommitter.add(step(1, from: 12, to: 15, count: 3), to: &whole)
        #expect(whole == step(1, from: 10, to: 15, count: 5))
    }

    @Test func aNewTermBeginsAnew() {
        var whole: PositionCommitter.Reached?
        PositionCommitter.add(step(1, from: 10, to: 12, count: 2), to: &whole)
        PositionCommitter.add(step(2, from: 11, to: 13, count: 2), to: &whole)
        #expect(whole == step(2, from: 11, to: 13, count: 2))
    }
}
