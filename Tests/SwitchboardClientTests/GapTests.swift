import Messaging
import Testing

@testable import SwitchboardClient

@Suite struct GapTests {
    static let gap = "{\"type\":\"gap\",\"after\":\"100-0\",\"reason\":\"trimmed\"}"

    @Test func whatIsMissingComesFromHistoryBeforeWhatComesLive() throws {
        var bench = try Bench()
        try bench.open()
        bench.frame(Self.gap)
        #expect(bench.fetches.map(\.1) == ["/v1/sync?after=100-0&limit=200"])
        bench.message(7, id: 105)
        bench.message(8, id: 106)
        #expect(bench.told.isEmpty)
        try bench.page([101, 102, 103], next: "103-1")
        #expect(bench.fetches.last?.1 == "/v1/sync?after=103-1&limit=200")
        try bench.page([104, 105])
        // What is in both comes once; its place is acknowledged all the same.
        #expect(bench.told == [101, 102, 103, 104, 105, 106])
        #expect(bench.machine.fills.isEmpty)
        bench.take(bench.machine.buffered, upTo: 8)
        bench.pass(200)
        #expect(bench.sent.last == "{\"type\":\"ack\",\"cursor\":\"8-0\"}")
    }

    @Test func whatThisDeviceSentItselfIsNotHandedToItByHistory() throws {
        var bench = try Bench()
        try bench.open()
        let n = try bench.send().get()
        bench.frame(SendingTests.accepted(n, id: "102-1"))
        bench.frame(Self.gap)
        try bench.page([101, 102, 103])
        #expect(bench.told == [101, 103])
    }

    @Test func historyThatDoesNotAnswerIsAskedAgain() throws {
        var bench = try Bench(random: 0)
        try bench.open()
        bench.frame(Self.gap)
        for status in [nil, 503, 403, 404] as [Int?] {
            let serial = try #require(bench.fetches.last).0
            bench.happens { $0.fetched(serial, nil, status: status, $1) }
            let count = bench.fetches.count
            bench.pass(499)
            #expect(bench.fetches.count == count)
            bench.pass(1)
            #expect(bench.fetches.count == count + 1)
        }
        try bench.page([])
        #expect(bench.machine.fills.isEmpty)
    }

    @Test func anEmptyPageWithANextOneIsWaitedFor() throws {
        var bench = try Bench(random: 0)
        try bench.open()
        bench.frame(Self.gap)
        try bench.page([], next: "100-0")
        #expect(bench.fetches.count == 1)
        bench.pass(500)
        try bench.page([101])
        #expect(bench.told == [101])
    }

    @Test func aConnectionThatBreaksMeanwhileMeetsTheGapAgainAndGoesOnFromWhereItWas() throws {
        var bench = try Bench()
        try bench.open()
        bench.frame(Self.gap)
        try bench.page([101, 102], next: "102-1")
        bench.message(7, id: 104)
        let late = try #require(bench.fetches.last).0
        bench.ended(1006)
        bench.pass(2_000)
        // Nothing behind the gap was acknowledged, so the server tells it once more.
        #expect(bench.queries.last == "device=phone&cursor=5-0")
        try bench.welcome()
        bench.frame(Self.gap)
        #expect(bench.fetches.last?.1 == "/v1/sync?after=102-1&limit=200")
        bench.happens { $0.fetched(late, HistoryPage(messages: [], next: nil), status: 200, $1) }
        #expect(!bench.machine.fills.isEmpty)
        bench.message(7, id: 104)
        try bench.page([103, 104])
        #expect(bench.told == [101, 102, 103, 104])
    }

    @Test func aSecondGapWhileTheFirstIsFilledIsFilledWithIt() throws {
        var bench = try Bench()
        try bench.open()
        bench.frame(Self.gap)
        bench.message(7, id: 104)
        bench.frame("{\"type\":\"gap\",\"after\":\"103-0\",\"reason\":\"again\"}")
        bench.message(9, id: 107)
        try bench.page([104, 105, 106])
        #expect(bench.told == [104, 105, 106, 107])
    }

    @Test func historyIsNotAskedWhileTheApplicationIsBehind() throws {
        var bench = try Bench { $0.eventCapacity = 16 }
        try bench.open()
        bench.frame(Self.gap)
        try bench.page(Array(101..<131), next: "130-1")
        #expect(bench.fetches.count == 1)
        bench.take(20, upTo: nil)
        #expect(bench.fetches.count == 2)
        try bench.page([131])
        #expect(bench.told == Array(101..<132))
    }

    @Test func whatWaitsForAGapCountsAndStopsTheReading() throws {
        var bench = try Bench { $0.eventCapacity = 16 }
        try bench.open()
        let session = try #require(bench.machine.session)
        bench.frame(Self.gap)
        for cursor in 10..<25 { bench.message(cursor, id: cursor + 200) }
        #expect(bench.actions.last == .read(session, false))
        bench.take(1, upTo: nil)
        try bench.page([101])
        #expect(bench.told == [101] + Array(210..<225))
        bench.take(16, upTo: 24)
        #expect(bench.actions.contains(.read(session, true)))
    }

    @Test func theGapOfALargeGroupIsFilledFromItsHistory() throws {
        var bench = try Bench()
        try bench.open()
        bench.frame("{\"type\":\"gap\",\"conversation\":\"group:big\",\"after\":\"50-0\",\"reason\":\"away\"}")
        #expect(bench.fetches.last?.1 == "/v1/conversations/group:big/messages?after=50-0&limit=200")
        bench.frame("{\"type\":\"message\",\"id\":\"53-1\",\"conversation\":\"group:big\",\"from\":\"b\",\"data\":1}")
        bench.message(7, id: 60)
        try bench.page([51, 52, 53], conversation: "group:big")
        #expect(bench.told == [60, 51, 52, 53])
    }

    @Test func aGroupThatMayNotBeReadAnyMoreIsNotAskedForAgain() throws {
        var bench = try Bench()
        try bench.open()
        bench.frame("{\"type\":\"gap\",\"conversation\":\"group:big\",\"after\":\"50-0\",\"reason\":\"away\"}")
        let serial = try #require(bench.fetches.last).0
        bench.happens { $0.fetched(serial, nil, status: 403, $1) }
        #expect(bench.machine.fills.isEmpty)
    }

    @Test func aPageIsReadHoweverDeepItsDataAndWhateverItsOrder() throws {
        let deep = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        let page = try #require(
            HistoryPage(
                Array(
                    """
                    { "next" : "9-0", "more":{"messages":[1]}, "messages": [ {"id":"1-0","conversation":"dm:a:b","from":"a","data":\(deep)},
                    {"id":"2-0","conversation":"dm:a:b","from":"a","data":"],}\\"{","edited":5} ] }
                    """.utf8)))
        #expect(page.next == MessageID("9-0"))
        #expect(page.messages.map(\.data) == [Array(deep.utf8), Array("\"],}\\\"{\"".utf8)])
        #expect(page.messages.last?.edited == 5)
        for text in ["", "[]", "{}", "null", "{\"messages\":1}", "{\"messages\""] {
            #expect(HistoryPage(Array(text.utf8)) == nil)
        }
    }
}
