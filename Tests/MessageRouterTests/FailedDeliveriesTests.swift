import RedisStreams
import Testing

@testable import MessageRouter

@Suite struct FailedDeliveriesTests {
    private let start = ContinuousClock.now

    @Test func theForemostIsTriedFiveTimesThenPutAsideAndTheNextIsTriedOnce() throws {
        var patience = Patience()
        var failed = FailedDeliveries()
        _ = failed.add(3, user: "a", reason: "x")
        _ = failed.add(5, user: "a", reason: nil)
        var waited = Duration.zero
        for _ in 2...5 {
            let nextround = failed.next(&patience, now: start)
            let round = try #require(nextround)
            #expect(round.places == [3] && round.refusals.isEmpty)
            waited += round.pause
            failed.failed(for: "a", reason: "x")
        }
        #expect(waited == .milliseconds(300))
        let nextlast = failed.next(&patience, now: start)
        let last = try #require(nextlast)
        #expect(last.refusals == [.init(place: 3, reason: "x", tries: 5)])
        #expect(last.places == [5] && last.pause == .zero)
        failed.failed(for: "a", reason: "y")
        let nextend = failed.next(&patience, now: start)
        let end = try #require(nextend)
        #expect(end.refusals == [.init(place: 5, reason: "y", tries: 1)] && end.places.isEmpty)
        let nothing = failed.next(&patience, now: start)
        #expect(nothing == nil)
    }

    @Test func whatSucceedsMakesWayForTheNextOfTheUser() throws {
        var patience = Patience()
        var failed = FailedDeliveries()
        _ = failed.add(0, user: "a", reason: "x")
        _ = failed.add(1, user: "a", reason: nil)
        let first = failed.next(&patience, now: start)
        #expect(first?.places == [0])
        failed.delivered(to: "a")
        let second = failed.next(&patience, now: start)
        #expect(second == .init(places: [1]))
        failed.delivered(to: "a")
        #expect(failed.isEmpty)
    }

    @Test func manyUsersWaitTogether() throws {
        var patience = Patience()
        var failed = FailedDeliveries()
        for place in 0..<100 { _ = failed.add(place, user: "u\(place)", reason: "x") }
        var waited = Duration.zero
        while let round = failed.next(&patience, now: start) {
            waited += round.pause
            for place in round.places { failed.failed(for: "u\(place)", reason: "x") }
        }
        #expect(waited == .milliseconds(300))
    }

    @Test func aUserProvenBrokenIsNotWaitedFor() throws {
        var patience = Patience()
        patience.prove("a", now: start)
        var failed = FailedDeliveries()
        _ = failed.add(7, user: "a", reason: "x")
        let nextround = failed.next(&patience, now: start)
        let round = try #require(nextround)
        #expect(round.refusals.map(\.place) == [7] && round.pause == .zero && round.places.isEmpty)
    }

    @Test func aRefusalThatNothingBeforeItExplainsIsNotTaken() {
        var failed = FailedDeliveries()
        let isTaken = failed.add(1, user: "a", reason: nil)
        #expect(!isTaken)
    }
}
