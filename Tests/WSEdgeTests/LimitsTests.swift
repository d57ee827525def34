import NIOCore
import Testing

@testable import WSEdge

@Suite struct LimitsTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test func aTokenBucketAllowsTheBurstAndThenTheRate() {
        var bucket = TokenBucket(rate: 50, burst: 100, now: start)
        for _ in 0..<100 { #expect(bucket.take(.frame, now: start) == nil) }
        #expect(bucket.take(.frame, now: start) == 20)
        #expect(bucket.take(.frame, now: start + .milliseconds(19)) != nil)
        #expect(bucket.take(.frame, now: start + .milliseconds(20)) == nil)
        var passed = 0
        for millisecond in 21...1020 where bucket.take(.frame, now: start + .milliseconds(Int64(millisecond))) == nil {
            passed += 1
        }
        #expect(passed == 50)
    }

    @Test func anIdleTokenBucketIsFullAndNoFuller() {
        var bucket = TokenBucket(rate: 50, burst: 100, now: start)
        for _ in 0..<100 { _ = bucket.take(.frame, now: start) }
        let later = start + .hours(50)
        for _ in 0..<100 { #expect(bucket.take(.frame, now: later) == nil) }
        #expect(bucket.take(.frame, now: later) != nil)
    }

    @Test func acknowledgementsCostATenth() {
        var bucket = TokenBucket(rate: 50, burst: 1, now: start)
        for _ in 0..<10 { #expect(bucket.take(.acknowledgement, now: start) == nil) }
        #expect(bucket.take(.acknowledgement, now: start) == 2)
    }

    @Test func refusalsAreCountedWithinTenSeconds() {
        var refusals = RefusalCounter()
        #expect(refusals.count(now: start) == 1)
        #expect(refusals.count(now: start + .seconds(9)) == 2)
        #expect(refusals.count(now: start + .seconds(10)) == 1)
    }

    @Test func aHeartbeatPingsAndMissesTheAnswer() {
        var heartbeat = Heartbeat(interval: .seconds(25), timeout: .seconds(8), now: start)
        #expect(heartbeat.tick(now: start + .seconds(24), isListening: true) == .none)
        #expect(heartbeat.tick(now: start + .seconds(25), isListening: true) == .ping)
        #expect(heartbeat.tick(now: start + .seconds(32), isListening: true) == .none)
        #expect(heartbeat.tick(now: start + .seconds(33), isListening: true) == .missed)
    }

    @Test func aHeartbeatIsSatisfiedByAnyWord() {
        var heartbeat = Heartbeat(interval: .seconds(25), timeout: .seconds(8), now: start)
        #expect(heartbeat.tick(now: start + .seconds(25), isListening: true) == .ping)
        heartbeat.heard()
        #expect(heartbeat.tick(now: start + .seconds(40), isListening: true) == .none)
        #expect(heartbeat.tick(now: start + .seconds(50), isListening: true) == .ping)
    }

    @Test func whoIsNotListenedToIsNotBlamedForSilence() {
        var heartbeat = Heartbeat(interval: .seconds(25), timeout: .seconds(8), now: start)
        #expect(heartbeat.tick(now: start + .seconds(25), isListening: true) == .ping)
        #expect(heartbeat.tick(now: start + .seconds(60), isListening: false) == .none)
    }
}
