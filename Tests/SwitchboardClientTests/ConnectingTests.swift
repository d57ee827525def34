import Messaging
import Testing

@testable import SwitchboardClient

@Suite struct ConnectingTests {
    @Test func itFetchesATokenConnectsAsItsDeviceAndIsOpenWithTheWelcome() throws {
        var bench = try Bench()
        try bench.begin()
        #expect(bench.queries == ["device=phone"])
        #expect(bench.places == ["edge.test:9101"])
        try bench.welcome()
        #expect(bench.states == [.connecting, .open(edge: "edge-1")])
    }

    @Test func whereToBeginIsSaidOnceThenItResumesAfterWhatWasTaken() throws {
        var bench = try Bench { $0.start = .beginning }
        try bench.open()
        #expect(bench.queries == ["device=phone&cursor=0"])
        bench.message(7)
        bench.take(1, upTo: 7)
        _ = bench.look()
        bench.ended(1006)
        bench.pass(2_000)
        #expect(bench.queries == ["device=phone&cursor=7-0"])
    }

    @Test func aDeviceThatGotNothingYetResumesFromWhereTheWelcomeBegan() throws {
        var bench = try Bench()
        try bench.open()
        bench.ended(1001)
        bench.pass(2_000)
        #expect(bench.queries.last == "device=phone&cursor=5-0")
    }

    @Test func waitsAreDrawnFromSpansThatDoubleAndStartOverWhenASessionHeld() throws {
        var bench = try Bench(random: 1)
        try bench.begin()
        var waits: [Int64] = []
        func note(_ bench: inout Bench) {
            for case .state(.waiting(let milliseconds, _)) in bench.look() { waits.append(milliseconds) }
        }
        for _ in 0..<6 {
            bench.ended(1006)
            note(&bench)
            bench.pass(waits.last ?? 0)
        }
        #expect(waits == [1500, 3000, 6000, 12000, 20000, 20000])
        try bench.welcome()
        bench.pass(11_000)
        bench.ended(1001)
        note(&bench)
        #expect(waits.last == 1500)
    }

    @Test func afterAnEdgeDiedTheFirstWaitIsDrawnOverTheTimeThatItAskedFor() throws {
        var bench = try Bench(random: 1)
        try bench.open(",\"limits\":{\"reconnectWithin\":9000}")
        bench.ended(1006)
        #expect(bench.states.last == .waiting(milliseconds: 9000, code: 1006))
        bench.pass(9_000)
        bench.ended(1006)
        #expect(bench.states.last == .waiting(milliseconds: 3000, code: 1006))
    }

    @Test func anotherAddressIsTriedAfterEachFailure() throws {
        var bench = try Bench { $0.urls = ["ws://one:1/ws", "ws://two:2/ws"] }
        try bench.begin()
        for _ in 0..<2 {
            bench.ended(1006)
            bench.pass(3_000)
        }
        #expect(bench.places == ["one:1", "two:2", "one:1"])
    }

    @Test(arguments: [4500, 4501, 4502, 4503] as [UInt16])
    func aCloseCodeOf4500AndUpEndsItAndWhatWaits(_ code: UInt16) throws {
        var bench = try Bench()
        try bench.open()
        bench.send()
        if code == 4500 {
            // A token that was refused is fetched anew, once.
            bench.ended(code)
            bench.pass(2_000)
            try bench.giveToken()
        }
        bench.ended(code)
        guard case .stopped(let error?) = bench.states.last else { throw ClientError.closed }
        #expect(error.code == .rejected(code: code))
        #expect(bench.actions.contains(.finish(error)))
        #expect(bench.answers == [.failure(error)])
        bench.pass(1_000_000)
        #expect(bench.machine.deadline == nil)
    }

    @Test(arguments: [1000, 1001, 1006, 1009, 1011, 4000, 4001, 4002, 4003, 4004, 4499] as [UInt16])
    func everyCodeBelow4500IsResumed(_ code: UInt16) throws {
        var bench = try Bench()
        try bench.open()
        bench.ended(code)
        guard case .waiting(_, code)? = bench.states.last else {
            Issue.record("\(code): \(bench.states)")
            return
        }
    }

    @Test func anExpiredTokenIsFetchedAnew() throws {
        var bench = try Bench()
        try bench.open()
        _ = bench.look()
        bench.ended(4003)
        bench.pass(2_000)
        #expect(bench.connections.isEmpty)
        try bench.giveToken()
        #expect(bench.connections.count == 1)
    }

    @Test func aTokenThatIsRefusedInTheHandshakeIsFetchedAnewOnce() throws {
        var bench = try Bench()
        try bench.begin()
        let first = try #require(bench.connections.last)
        bench.happens { $0.refused(first, status: 401, retryAfter: nil, detail: nil, $1) }
        bench.pass(2_000)
        try bench.giveToken()
        let second = try #require(bench.connections.last)
        #expect(second != first)
        bench.happens { $0.refused(second, status: 401, retryAfter: nil, detail: "no", $1) }
        #expect(bench.states.last == .stopped(ClientError(.rejected(code: 401), "no")))
    }

    @Test(arguments: [400, 403, 426]) func aRefusalForGoodEndsIt(_ status: Int) throws {
        var bench = try Bench()
        try bench.begin()
        let id = try #require(bench.connections.last)
        bench.happens { $0.refused(id, status: status, retryAfter: nil, detail: nil, $1) }
        guard case .stopped(let error?) = bench.states.last else { throw ClientError.closed }
        #expect(error.code == .rejected(code: UInt16(status)))
    }

    @Test(arguments: [429, 503]) func retryAfterIsKeptToAndTheBackOffWithoutIt(_ status: Int) throws {
        var bench = try Bench(random: 0.5)
        try bench.begin()
        for (retryAfter, wait) in [(7, 7500), (nil, 1000), (-1, 500), (100_000, 300_500)] as [(Int64?, Int64)] {
            let id = try #require(bench.connections.last)
            bench.happens { $0.refused(id, status: status, retryAfter: retryAfter, detail: nil, $1) }
            #expect(bench.states.last == .waiting(milliseconds: wait, code: nil))
            bench.pass(wait - 1)
            #expect(bench.connections.last == id)
            bench.pass(1)
        }
    }

    @Test func otherAnswersOfAGatewayAreTriedAgain() throws {
        var bench = try Bench()
        try bench.begin()
        let id = try #require(bench.connections.last)
        bench.happens { $0.refused(id, status: 502, retryAfter: nil, detail: nil, $1) }
        #expect(bench.states.last == .waiting(milliseconds: 1000, code: nil))
    }

    @Test func aConnectionWithoutAWelcomeIsGivenUp() throws {
        var bench = try Bench()
        try bench.begin()
        let id = try #require(bench.connections.last)
        bench.pass(12_000)
        #expect(bench.actions.contains(.drop(id)))
        #expect(bench.states.last == .waiting(milliseconds: 1000, code: 1006))
        // What comes of it after all is nobody's.
        try bench.welcome()
        #expect(bench.machine.session == nil)
    }

    @Test func aTokenThatDoesNotComeIsAskedForAgainAndOneThatIsRefusedEndsIt() throws {
        var bench = try Bench()
        bench.happens { $0.begin($1) }
        bench.pass(30_000)
        #expect(bench.states.last == .waiting(milliseconds: 1000, code: nil))
        bench.pass(1_000)
        guard
            case .fetchToken(let ticket)? = bench.actions.last(where: {
                if case .fetchToken = $0 { true } else { false }
            })
        else { throw ClientError.closed }
        bench.happens { $0.tokenFailed(ticket, refusal: TokenRefused("signed out"), $1) }
        guard case .stopped(let error?) = bench.states.last else { throw ClientError.closed }
        #expect(error.code == .tokenRefused && error.description.contains("signed out"))
    }

    @Test func aFreshTokenIsShownAMinuteBeforeTheOldOneExpiresAndAgainLater() throws {
        var bench = try Bench()
        bench.happens { $0.begin($1) }
        try bench.giveToken(lifetime: 600_000)
        try bench.welcome()
        _ = bench.look()
        bench.machine.watchdog.stop()
        bench.pass(539_000)
        #expect(bench.actions.isEmpty)
        bench.pass(1_001)
        try bench.giveToken(lifetime: 600_000)
        #expect(bench.sent.count { $0.hasPrefix("{\"type\":\"auth\",\"token\":\"e30.") } == 1)
        bench.pass(541_000)
        try bench.giveToken(lifetime: 600_000)
        #expect(bench.sent.count { $0.hasPrefix("{\"type\":\"auth\"") } == 2)
    }

    @Test func aQuietSessionIsAskedAndADeadOneIsLeft() throws {
        var bench = try Bench()
        try bench.open()
        _ = bench.look()
        bench.pass(25_000)
        #expect(bench.sent == ["{\"type\":\"ping\",\"n\":1}"])
        bench.frame("{\"type\":\"pong\",\"n\":1}")
        bench.pass(24_000)
        #expect(bench.sent.count == 1)
        bench.pass(1_000)
        #expect(bench.sent.count == 2)
        bench.pass(8_000)
        #expect(bench.actions.contains { if case .drop = $0 { true } else { false } })
        #expect(bench.states.last == .waiting(milliseconds: 1000, code: 4002))
    }

    @Test func leavingWaitsForAnswersForItsTimeAndTellsHowFarItCame() throws {
        var bench = try Bench()
        try bench.open()
        bench.message(7)
        let n = try bench.send().get()
        bench.take(1, upTo: 7)
        let session = try #require(bench.machine.session)
        bench.happens { $0.leave(within: 2_000, $1) }
        #expect(!bench.actions.contains(.close(session)))
        #expect(bench.send() == .failure(.closed))
        bench.frame("{\"type\":\"accepted\",\"n\":\(n),\"id\":\"9-0\",\"conversation\":\"dm:alice:bob\",\"at\":9}")
        #expect(bench.actions.suffix(3) == [.close(session), .state(.stopped(nil)), .finish(nil)])
        #expect(bench.sent.last == "{\"type\":\"ack\",\"cursor\":\"7-0\"}")
    }

    @Test func leavingEndsWhenItsTimeIsOver() throws {
        var bench = try Bench()
        try bench.open()
        bench.send()
        bench.happens { $0.leave(within: 2_000, $1) }
        bench.pass(1_999)
        #expect(bench.answers.isEmpty)
        bench.pass(1)
        #expect(bench.answers == [.failure(.closed)])
        #expect(bench.states.last == .stopped(nil))
    }
}
