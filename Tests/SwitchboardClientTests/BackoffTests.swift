import Testing

@testable import SwitchboardClient

@Suite struct BackoffTests {
    @Test func theSpanDoublesUpToTheCeilingAndTheWaitIsDrawnFromAllOfIt() {
        var least = Backoff()
        var most = Backoff()
        #expect((0..<8).map { _ in least.next(random: 0) } == Array(repeating: 500, count: 8))
        #expect(
            (0..<6).map { _ in most.next(random: 0.999_999_9) } == [1499, 2999, 5999, 11999, 19999, 19999])
    }

    @Test func theServersSpanWinsWhenItIsLonger() {
        var backoff = Backoff()
        #expect(backoff.next(least: 10_500, random: 0.5) == 5500)
        #expect(backoff.next(least: 100, random: 0.5) == 1750)
    }

    @Test func whatHeldStartsOverAndWeeksOfTryingStayBounded() {
        var backoff = Backoff()
        for _ in 0..<10_000 { _ = backoff.next(random: 1) }
        #expect(backoff.next(random: 1) == 20_000)
        backoff.reset()
        #expect(backoff.next(random: 1) == 1500)
    }
}
