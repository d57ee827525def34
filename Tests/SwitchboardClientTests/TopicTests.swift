import Messaging
import Testing

@testable import SwitchboardClient

@Suite struct TopicTests {
    @Test func aTopicIsAskedForInEachSessionAfterWhatWasHeardLast() throws {
        var bench = try Bench()
        bench.happens { $0.subscribe("news", from: .now, $1) }
        try bench.open()
        #expect(bench.sent == ["{\"type\":\"subscribe\",\"n\":1,\"topic\":\"news\"}"])
        bench.frame("{\"type\":\"ok\",\"n\":1,\"after\":\"40-0\"}")
        #expect(bench.events == [.subscribed(topic: "news", after: MessageID("40-0"))])
        bench.topicMessage(41)
        bench.topicMessage(42)
        bench.topicMessage(42)
        bench.ended(1006)
        _ = bench.look()
        bench.pass(2_000)
        try bench.welcome()
        #expect(bench.sent == ["{\"type\":\"subscribe\",\"n\":2,\"topic\":\"news\",\"after\":\"42-1\"}"])
        bench.topicMessage(42)
        bench.topicMessage(43)
        #expect(bench.told == [43])
    }

    @Test func whereToBeginCanBeSaidAndSaidAnew() throws {
        var bench = try Bench()
        try bench.open()
        bench.happens { $0.subscribe("news", from: .beginning, $1) }
        bench.happens { $0.subscribe("news", from: .now, $1) }
        bench.happens { $0.subscribe("news", from: .after(MessageID("7-0")!), $1) }
        #expect(
            bench.sent == [
                "{\"type\":\"subscribe\",\"n\":1,\"topic\":\"news\",\"after\":\"0\"}",
                "{\"type\":\"subscribe\",\"n\":2,\"topic\":\"news\",\"after\":\"7-0\"}",
            ])
        // The answer to the first is not one to the second.
        bench.frame("{\"type\":\"ok\",\"n\":1,\"after\":\"40-0\"}")
        #expect(bench.events.isEmpty)
        #expect(bench.machine.topics["news"]?.place == MessageID("7-0"))
    }

    @Test func whatIsRefusedIsToldAndNotAskedForAgainAndWhatIsRefusedForNowIs() throws {
        var bench = try Bench()
        bench.happens { $0.subscribe("staff", from: .now, $1) }
        bench.happens { $0.subscribe("news", from: .now, $1) }
        try bench.open()
        bench.frame("{\"type\":\"error\",\"n\":1,\"code\":\"forbidden\",\"message\":\"no\"}")
        #expect(bench.events == [.topicRefused(topic: "staff", ClientError(.refused(.forbidden), "no"))])
        bench.frame("{\"type\":\"error\",\"n\":2,\"code\":\"busy\",\"message\":\"later\",\"retryAfter\":300}")
        bench.pass(300)
        #expect(bench.sent.last == "{\"type\":\"subscribe\",\"n\":3,\"topic\":\"news\"}")
        bench.ended(1006)
        _ = bench.look()
        bench.pass(2_000)
        try bench.welcome()
        #expect(bench.sent.count == 1)
    }

    @Test func whatIsNotWantedAnyMoreIsSaidAndWhatStillComesIsPassedOver() throws {
        var bench = try Bench()
        bench.happens { $0.subscribe("news", from: .now, $1) }
        try bench.open()
        bench.frame("{\"type\":\"ok\",\"n\":1,\"after\":\"40-0\"}")
        bench.happens { $0.unsubscribe("news", $1) }
        #expect(bench.sent.last == "{\"type\":\"unsubscribe\",\"n\":2,\"topic\":\"news\"}")
        bench.topicMessage(41)
        #expect(bench.told.isEmpty)
    }

    @Test func everybodyHearsAllWithoutAsking() throws {
        var bench = try Bench()
        try bench.open()
        bench.topicMessage(41, topic: "all")
        #expect(bench.told == [41])
    }

    @Test func aGapIsFilledUpToWhatComesLive() throws {
        var bench = try Bench(random: 0)
        bench.happens { $0.subscribe("news", from: .after(MessageID("10-1")!), $1) }
        try bench.open()
        bench.frame("{\"type\":\"gap\",\"conversation\":\"topic:news\",\"after\":\"10-1\",\"reason\":\"trimmed\"}")
        #expect(bench.fetches.last?.1 == "/v1/conversations/topic:news/messages?after=10-1&limit=200")
        bench.topicMessage(14)
        bench.frame("{\"type\":\"ok\",\"n\":1,\"after\":\"14-1\"}")
        bench.topicMessage(15)
        // History is a little behind: it is asked again.
        try bench.page([11, 12], conversation: "topic:news")
        #expect(bench.told == [11, 12])
        bench.pass(500)
        try bench.page([13, 14, 15], conversation: "topic:news")
        #expect(bench.told == [11, 12, 13, 14, 15])
        #expect(bench.machine.topics["news"]?.place == MessageID("15-1"))
    }

    @Test func historyThatHasNoMoreIsNotAskedForEver() throws {
        var bench = try Bench(random: 0)
        bench.happens { $0.subscribe("news", from: .beginning, $1) }
        try bench.open()
        bench.frame("{\"type\":\"gap\",\"conversation\":\"topic:news\",\"after\":\"10-1\",\"reason\":\"trimmed\"}")
        bench.topicMessage(14)
        for _ in 0..<7 {
            try bench.page([], conversation: "topic:news")
            bench.pass(500)
        }
        #expect(bench.told == [14])
        #expect(bench.machine.fills.isEmpty)
    }

    @Test func ownMessagesAreNotHandedToThisDeviceByHistory() throws {
        var bench = try Bench()
        bench.happens { $0.subscribe("news", from: .now, $1) }
        try bench.open()
        let n = try bench.send(to: "topic:news").get()
        bench.frame("{\"type\":\"accepted\",\"n\":\(n),\"id\":\"12-1\",\"conversation\":\"topic:news\",\"at\":12}")
        bench.frame("{\"type\":\"gap\",\"conversation\":\"topic:news\",\"after\":\"10-1\",\"reason\":\"trimmed\"}")
        bench.topicMessage(13)
        try bench.page([11, 12, 13], conversation: "topic:news")
        #expect(bench.told == [11, 13])
    }

    @Test func whatTheServerTakesBackIsFoundOut() throws {
        var bench = try Bench()
        bench.happens { $0.subscribe("news", from: .now, $1) }
        bench.happens { $0.watch(["bob"], $1) }
        try bench.open()
        bench.frame("{\"type\":\"ok\",\"n\":1,\"after\":\"40-0\"}")
        bench.frame("{\"type\":\"ok\",\"n\":2}")
        _ = bench.look()
        bench.frame("{\"type\":\"error\",\"code\":\"forbidden\",\"message\":\"topic news\"}")
        bench.pass(1_000)
        #expect(
            bench.sent == [
                "{\"type\":\"subscribe\",\"n\":3,\"topic\":\"news\",\"after\":\"40-0\"}",
                "{\"type\":\"watch\",\"n\":4,\"users\":[\"bob\"]}",
            ])
    }

    // MARK: Presence

    @Test func usersAreWatchedInPiecesInEachSession() throws {
        var bench = try Bench()
        let users = (0..<450).map { "user-\($0)" }
        bench.happens { $0.watch(users, $1) }
        bench.happens { $0.watch(users, $1) }
        try bench.open()
        #expect(bench.sent.map { $0.split(separator: ",").count } == [202, 202, 52])
        bench.ended(1006)
        _ = bench.look()
        bench.pass(2_000)
        bench.happens { $0.unwatch(Array(users.dropFirst(2)), $1) }
        try bench.welcome()
        #expect(bench.sent == ["{\"type\":\"watch\",\"n\":4,\"users\":[\"user-0\",\"user-1\"]}"])
    }

    @Test func oneWhoMayNotBeSeenIsFoundInHalvesAndTheOthersAreWatched() throws {
        var bench = try Bench()
        try bench.open()
        bench.happens { $0.watch(["a", "b", "c", "eve"], $1) }
        var answered = 0
        var watched: Set<String> = []
        while answered < bench.sent.count {
            let frame = bench.sent[answered]
            answered += 1
            let users = ["a", "b", "c", "eve"].filter { frame.contains("\"\($0)\"") }
            if frame.contains("eve") {
                bench.frame("{\"type\":\"error\",\"n\":\(answered),\"code\":\"forbidden\",\"message\":\"eve\"}")
            } else {
                bench.frame("{\"type\":\"ok\",\"n\":\(answered)}")
                watched.formUnion(users)
            }
        }
        #expect(watched == ["a", "b", "c"])
        #expect(bench.events == [.watchRefused(users: ["eve"], ClientError(.refused(.forbidden), "eve"))])
    }

    @Test func moreThanASessionMayWatchAreRefusedHere() throws {
        var bench = try Bench()
        bench.happens { $0.watch((0..<1_001).map { "user-\($0)" }, $1) }
        guard case .watchRefused(_, let error)? = bench.events.first else { throw ClientError.closed }
        #expect(error.code == .queueFull)
        #expect(bench.machine.watches.users.isEmpty)
    }
}
