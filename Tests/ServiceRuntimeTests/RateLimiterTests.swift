import Testing

@testable import ServiceRuntime

@Suite struct RateLimiterTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test func aBurstIsLetThroughAndThenTheRate() {
        var limiter = RateLimiter(rate: 10, burst: 3)
        for left in [2, 1, 0] {
            let verdict = limiter.take(1, of: "a", now: start)
            #expect(verdict.isAllowed && verdict.remaining == left && verdict.wait == .zero)
        }
        let refused = limiter.take(1, of: "a", now: start)
        #expect(!refused.isAllowed && refused.remaining == 0)
        #expect(refused.wait == .milliseconds(100) && refused.reset == .milliseconds(300))
        // What was refused cost nothing.
        #expect(!limiter.take(1, of: "a", now: at(99)).isAllowed)
        #expect(limiter.take(1, of: "a", now: at(100)).isAllowed)
        #expect(!limiter.take(1, of: "a", now: at(100)).isAllowed)
        #expect(limiter.take(1, of: "a", now: at(10_000)).remaining == 2)
    }

    @Test func eachCallerHasAnAllowanceOfItsOwn() {
        var limiter = RateLimiter(rate: 1, burst: 1)
        #expect(limiter.take(1, of: "a", now: start).isAllowed)
        #expect(limiter.take(1, of: "b", now: start).isAllowed)
        #expect(!limiter.take(1, of: "a", now: start).isAllowed)
    }

    @Test func whatCostsMoreTakesMore() {
        var limiter = RateLimiter(rate: 10, burst: 20)
        #expect(limiter.take(15, of: "a", now: start).remaining == 5)
        #expect(limiter.take(10, of: "a", now: start).wait == .milliseconds(500))
        #expect(limiter.take(5, of: "a", now: start).remaining == 0)
        // More than a burst would never be allowed: it takes the whole of it.
        #expect(limiter.take(100, of: "b", now: start).isAllowed)
        #expect(!limiter.take(1, of: "b", now: start).isAllowed)
    }

    @Test func noMoreCallersAreRememberedThanAllowed() {
        var limiter = RateLimiter(rate: 10, burst: 10, capacity: 100)
        for number in 0..<100 { _ = limiter.take(1, of: "\(number)", now: start) }
        #expect(limiter.count == 100)
        // Those whose allowance is whole again are forgotten first.
        #expect(limiter.take(9, of: "7", now: at(50)).isAllowed)
        _ = limiter.take(1, of: "new", now: at(200))
        #expect(limiter.count == 2)
        #expect(!limiter.take(10, of: "7", now: at(200)).isAllowed)
        for number in 0..<1000 { _ = limiter.take(10, of: "\(number)", now: at(300)) }
        #expect(limiter.count <= 100)
    }
}
