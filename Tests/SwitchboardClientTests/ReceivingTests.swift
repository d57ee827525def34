import Messaging
import Testing

@testable import SwitchboardClient

@Suite struct ReceivingTests {
    @Test func aMessageIsAcknowledgedWhenTheApplicationHasTakenIt() throws {
        var bench = try Bench()
        try bench.open()
        bench.message(7)
        bench.message(8)
        #expect(bench.told == [7, 8])
        bench.pass(1_000)
        #expect(bench.sent.isEmpty)
        bench.take(1, upTo: 7)
        bench.pass(200)
        #expect(bench.sent == ["{\"type\":\"ack\",\"cursor\":\"7-0\"}"])
    }

    @Test func fiftyAreAcknowledgedAtOnce() throws {
        var bench = try Bench()
        try bench.open()
        for cursor in 10..<60 {
            bench.message(cursor)
            bench.take(1, upTo: cursor)
        }
        #expect(bench.sent == ["{\"type\":\"ack\",\"cursor\":\"59-0\"}"])
    }

    @Test func aCursorThatComesAgainIsPassedOver() throws {
        var bench = try Bench()
        try bench.open()
        for cursor in [6, 7, 8] { bench.message(cursor) }
        bench.take(1, upTo: 6)
        bench.ended(1006)
        bench.pass(2_000)
        #expect(bench.queries.last == "device=phone&cursor=6-0")
        try bench.welcome(cursor: "6-0")
        for cursor in [7, 8, 9] { bench.message(cursor) }
        #expect(bench.told == [6, 7, 8, 9])
        // Only what is new counts as handed on.
        #expect(bench.machine.buffered == 3)
    }

    @Test func aSessionIsToldOfNothingThatItHasNotBroughtItself() throws {
        var bench = try Bench()
        try bench.open()
        for cursor in [6, 7, 8] { bench.message(cursor) }
        bench.take(1, upTo: 6)
        bench.ended(1006)
        bench.pass(2_000)
        try bench.welcome(cursor: "6-0")
        _ = bench.look()
        bench.take(2, upTo: 8)
        bench.pass(1_000)
        #expect(bench.sent.isEmpty)
        bench.message(7)
        bench.pass(200)
        bench.message(8)
        bench.pass(200)
        #expect(bench.sent == [7, 8].map { "{\"type\":\"ack\",\"cursor\":\"\($0)-0\"}" })
    }

    @Test func changesSignalsMarksAndPresenceAreTold() throws {
        var bench = try Bench()
        try bench.open()
        bench.happens { $0.watch(["bob"], $1) }
        bench.frame(
            "{\"type\":\"edited\",\"cursor\":\"7-0\",\"id\":\"3-0\",\"conversation\":\"group:a\",\"from\":\"bob\",\"at\":4,\"change\":\"4-0\",\"data\":2}"
        )
        bench.frame(
            "{\"type\":\"deleted\",\"cursor\":\"8-0\",\"id\":\"3-0\",\"conversation\":\"group:a\",\"from\":\"bob\",\"at\":5,\"change\":\"5-0\"}"
        )
        bench.frame("{\"type\":\"signal\",\"from\":\"bob\",\"to\":\"user:alice\",\"data\":{\"typing\":true}}")
        bench.frame("{\"type\":\"read\",\"conversation\":\"group:a\",\"user\":\"bob\",\"id\":\"3-0\"}")
        bench.frame("{\"type\":\"presence\",\"user\":\"bob\",\"status\":\"online\",\"at\":4,\"text\":\"at sea\"}")
        bench.frame("{\"type\":\"presence\",\"user\":\"eve\",\"status\":\"online\",\"at\":4}")
        #expect(bench.events.count == 5)
        guard case .changed(let edited) = bench.events[0], case .changed(let deleted) = bench.events[1],
            case .presence(let presence) = bench.events[4]
        else { throw ClientError.closed }
        #expect(edited.json == Array("2".utf8) && deleted.json == nil)
        #expect(presence.isOnline && presence.text == "at sea")
    }

    @Test func unknownFramesAndFieldsArePassedOver() throws {
        var bench = try Bench()
        try bench.open()
        bench.frame("{\"type\":\"news\",\"cursor\":\"9-0\"}")
        bench.frame(
            "{\"type\":\"message\",\"cursor\":\"7-0\",\"id\":\"3-0\",\"conversation\":\"group:a\",\"from\":\"b\",\"data\":{\"a\":[1]},\"new\":[{}]}"
        )
        guard case .message(let message)? = bench.events.first, bench.events.count == 1 else {
            throw ClientError.closed
        }
        #expect(message.json == Array("{\"a\":[1]}".utf8))
        #expect(message.at == 3)
    }

    @Test func anErrorOfNothingIsTold() throws {
        var bench = try Bench()
        try bench.open()
        bench.frame("{\"type\":\"error\",\"code\":\"unauthorized\",\"message\":\"stale\"}")
        #expect(bench.events == [.problem(ClientError(.refused(.unauthorized), "stale"))])
    }

    // MARK: Moving

    @Test func movingConnectsToTheNewPlaceFirstAndThenLeavesTheOldOne() throws {
        var bench = try Bench(random: 0.5)
        try bench.open()
        bench.message(6)
        bench.take(1, upTo: 6)
        let old = try #require(bench.machine.session)
        _ = bench.look()
        bench.frame("{\"type\":\"moving\",\"url\":\"ws://other:7/ws\",\"within\":1000}")
        bench.pass(399)
        #expect(bench.connections.isEmpty)
        bench.pass(1)
        #expect(bench.places == ["other:7"])
        #expect(bench.queries == ["device=phone&cursor=6-0"])
        bench.message(7)
        let new = try #require(bench.connections.last)
        try bench.welcome()
        #expect(bench.machine.session == new)
        #expect(bench.actions.contains(.close(old)))
        // The same comes on the new one; what is still on its way on the old one is nobody's.
        bench.message(7)
        bench.frame(
            "{\"type\":\"message\",\"cursor\":\"9-0\",\"id\":\"9-0\",\"conversation\":\"group:a\",\"from\":\"b\",\"data\":1}",
            on: old)
        bench.message(8)
        #expect(bench.told == [7, 8])
        bench.ended(4000, on: old)
        #expect(bench.machine.session == new)
    }

    @Test func anotherPlaceThatCannotBeReachedIsGivenUpForTheUsualOne() throws {
        var bench = try Bench()
        try bench.open()
        bench.frame("{\"type\":\"moving\",\"url\":\"ws://other:7/ws\",\"within\":1000}")
        bench.pass(1_000)
        bench.ended(1006, on: bench.connections.last)
        #expect(bench.places == ["edge.test:9101", "other:7", "edge.test:9101"])
        #expect(bench.machine.session != nil)
    }

    @Test func anEdgeThatIsQuickerThanTheMoveIsNotWaitedFor() throws {
        var bench = try Bench()
        try bench.open()
        bench.frame("{\"type\":\"moving\",\"within\":10000}")
        bench.ended(4000)
        #expect(bench.connections.count == 2)
        try bench.welcome()
        #expect(bench.machine.session == bench.connections.last)
        var other = try Bench()
        try other.open()
        other.frame("{\"type\":\"moving\",\"within\":1000}")
        other.pass(1_000)
        other.ended(4000, on: other.machine.session)
        other.ended(1006, on: other.connections.last)
        guard case .waiting? = other.states.last else { throw ClientError.closed }
    }

    @Test func movingStaysByTLSOrWithoutAsItBegan() throws {
        var bench = try Bench { $0.urls = ["wss://chat.test/ws"] }
        try bench.open()
        bench.frame("{\"type\":\"moving\",\"url\":\"ws://other:7/ws\",\"within\":0}")
        bench.pass(0)
        #expect(bench.places == ["chat.test:443", "chat.test:443"])
        var other = try Bench()
        try other.open()
        other.frame("{\"type\":\"moving\",\"url\":\"wss://other:7/ws\",\"within\":0}")
        other.pass(0)
        #expect(other.places == ["edge.test:9101", "edge.test:9101"])
    }

    // MARK: Back pressure

    @Test func whenTooManyWaitNothingMoreIsReadUntilHalfIsTaken() throws {
        var bench = try Bench { $0.eventCapacity = 16 }
        try bench.open()
        let session = try #require(bench.machine.session)
        for cursor in 10..<26 { bench.message(cursor) }
        #expect(bench.actions.last == .read(session, false))
        bench.take(7, upTo: 16)
        #expect(!bench.actions.contains(.read(session, true)))
        bench.take(1, upTo: 17)
        #expect(bench.actions.contains(.read(session, true)))
    }

    @Test func meanwhileTheServerIsShownThatWeAreHereAndIsNotTakenForDead() throws {
        var bench = try Bench { $0.eventCapacity = 16 }
        try bench.open()
        let session = try #require(bench.machine.session)
        for cursor in 10..<26 { bench.message(cursor) }
        bench.pass(120_000)
        #expect(bench.actions.count { $0 == .showLife(session) } == 24)
        #expect(bench.machine.session == session)
        bench.take(16, upTo: 25)
        bench.pass(24_999)
        #expect(bench.machine.session == session)
    }

    @Test func anAnswerIsReadEvenThenAndWhatThereIsNoRoomForComesAgain() throws {
        var bench = try Bench { $0.eventCapacity = 16 }
        try bench.open()
        let session = try #require(bench.machine.session)
        for cursor in 10..<26 { bench.message(cursor) }
        let n = try bench.send().get()
        #expect(bench.actions.contains(.read(session, true)))
        for cursor in 26..<1_000 { bench.message(cursor) }
        bench.frame(SendingTests.accepted(n))
        #expect(bench.answers.count == 1)
        let told = bench.told
        #expect(told == Array(10..<told.count + 10) && told.count <= 16 + ClientStateMachine.slack)
        _ = bench.look()
        // The application takes all of it: a new session brings the rest, after what was taken.
        let last = try #require(told.last)
        bench.take(told.count, upTo: last)
        #expect(bench.queries == ["device=phone&cursor=\(last)-0"])
        bench.message(1_000)
        #expect(bench.told.isEmpty)
        try bench.welcome()
        #expect(bench.actions.contains(.close(session)))
        for cursor in last + 1..<last + 4 { bench.message(cursor) }
        #expect(bench.told == Array(last + 1..<last + 4))
    }

    @Test func whoTakesNothingIsNotConnectedAgainBeforeItDoes() throws {
        var bench = try Bench { $0.eventCapacity = 16 }
        try bench.open()
        for cursor in 10..<26 { bench.message(cursor) }
        bench.ended(4001)
        bench.pass(1_000_000)
        #expect(bench.connections.count == 1)
        bench.take(16, upTo: 25)
        bench.happens { $0.tick($1) }
        #expect(bench.connections.count == 2)
        #expect(bench.queries.last == "device=phone&cursor=25-0")
    }
}
