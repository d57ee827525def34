import Messaging
import Testing

@testable import SwitchboardClient

@Suite struct SendingTests {
    static func accepted(_ n: UInt64, id: String = "9-0", isDuplicate: Bool = false) -> String {
        "{\"type\":\"accepted\",\"n\":\(n),\"id\":\"\(id)\",\"conversation\":\"dm:alice:bob\",\"at\":9\(isDuplicate ? ",\"duplicate\":true" : "")}"
    }

    @Test func whatIsSentBeforeThereIsASessionWaitsForIt() throws {
        var bench = try Bench()
        let n = try bench.send("{\"text\":\"Hello\"}").get()
        #expect(n == 1_763_740_000_000_000)
        try bench.begin()
        #expect(bench.sent.isEmpty)
        try bench.welcome()
        #expect(bench.sent == ["{\"type\":\"send\",\"n\":\(n),\"to\":\"user:bob\",\"data\":{\"text\":\"Hello\"}}"])
        bench.frame(Self.accepted(n))
        let answer = Accepted(n: n, id: MessageID("9-0")!, conversation: "dm:alice:bob", at: 9, isDuplicate: false)
        #expect(bench.answers == [.success(answer)])
        // An answer once more is nobody's.
        bench.frame(Self.accepted(n))
        #expect(bench.answers.count == 1)
    }

    @Test func whatWasNotAcceptedGoesOutAgainUnderItsNumberAndInOrder() throws {
        var bench = try Bench()
        try bench.open()
        let numbers = try (0..<3).map { try bench.send("\($0)").get() }
        #expect(numbers == numbers.sorted() && Set(numbers).count == 3)
        let before = bench.sent
        bench.frame(Self.accepted(numbers[1]))
        bench.ended(1006)
        _ = bench.look()
        bench.pass(2_000)
        try bench.welcome()
        #expect(bench.sent.filter { $0.contains("\"send\"") } == [before[0], before[2]])
        bench.frame(Self.accepted(numbers[0], isDuplicate: true))
        #expect(try bench.answers.last?.get().isDuplicate == true)
    }

    @Test func noMoreThanAWindowIsOnItsWay() throws {
        var bench = try Bench()
        try bench.open()
        let numbers = try (0..<40).map { try bench.send("\($0)").get() }
        #expect(bench.sent.count == 32)
        for n in numbers.prefix(5) { bench.frame(Self.accepted(n)) }
        #expect(bench.sent.count == 37)
    }

    @Test func theServersRateIsKeptTo() throws {
        var bench = try Bench()
        try bench.open(",\"limits\":{\"rate\":10,\"burst\":10}")
        for number in 0..<20 { bench.send("\(number)") }
        #expect(bench.sent.count == 7)
        bench.pass(1_001)
        #expect(bench.sent.count == 14)
    }

    @Test func aFullQueueSaysSoAndTakesNothing() throws {
        var bench = try Bench { $0.sendCapacity = 3 }
        for _ in 0..<3 { _ = try bench.send().get() }
        guard case .failure(let error) = bench.send() else { throw ClientError.closed }
        #expect(error.code == .queueFull)
        #expect(bench.machine.outbox.count == 3)
    }

    @Test func whatIsRefusedForNowGoesOutAgainAfterItsTimeAndHoldsTheOthersBack() throws {
        var bench = try Bench()
        try bench.open()
        let n = try bench.send().get()
        _ = bench.look()
        bench.frame("{\"type\":\"error\",\"n\":\(n),\"code\":\"busy\",\"message\":\"full\",\"retryAfter\":700}")
        bench.send("2")
        bench.pass(699)
        #expect(bench.sent.isEmpty)
        bench.pass(1)
        #expect(bench.sent.count == 2)
        #expect(bench.sent.first?.contains("\"n\":\(n),") == true)
        #expect(bench.answers.isEmpty)
    }

    @Test(arguments: ["forbidden", "not_found", "bad_request", "too_large", "unauthorized"])
    func whatIsRefusedForGoodThrowsTheServersCode(_ code: String) throws {
        var bench = try Bench()
        try bench.open()
        let n = try bench.send().get()
        bench.frame("{\"type\":\"error\",\"n\":\(n),\"code\":\"\(code)\",\"message\":\"no\"}")
        #expect(bench.answers == [.failure(ClientError(.refused(ErrorCode(rawValue: code)!), "no"))])
        #expect(bench.machine.outbox.count == 0)
    }

    @Test func internalIsWorthSomeTriesAndNotMore() throws {
        var bench = try Bench()
        try bench.open()
        let n = try bench.send().get()
        for _ in 0..<5 {
            bench.frame("{\"type\":\"error\",\"n\":\(n),\"code\":\"internal\",\"message\":\"oh\"}")
            bench.pass(20_000)
            bench.frame("{\"type\":\"pong\",\"n\":1}")
        }
        #expect(bench.answers == [.failure(ClientError(.refused(.internalError), "oh"))])
    }

    @Test func whatIsTooLargeIsNotSentAndWhatTheServerFindsTooLargeIsNotSentAgain() throws {
        var bench = try Bench()
        guard case .failure(let error) = bench.send("\"\(String(repeating: "x", count: 70_000))\"") else {
            throw ClientError.closed
        }
        #expect(error.code == .invalid)
        try bench.open()
        bench.send("1")
        bench.send("\"\(String(repeating: "x", count: 1_000))\"")
        bench.ended(1009)
        #expect(bench.answers.count == 1)
        #expect(bench.machine.outbox.count == 1)
    }

    @Test(arguments: ["", "{", "1,\"to\":\"all\"", "1}", "nul", "\u{1}", "1 2"])
    func whatIsNoJSONIsRefusedHere(_ text: String) throws {
        var bench = try Bench()
        guard case .failure(let error) = bench.send(text) else { throw ClientError.closed }
        #expect(error.code == .invalid)
    }

    @Test func whatIsNotUTF8IsRefusedHere() throws {
        var bench = try Bench()
        let (result, _) = bench.machine.send(to: "user:bob", json: [0x22, 0xff, 0x22], bench.now)
        #expect(throws: ClientError.self) { try result.get() }
    }

    @Test(arguments: ["bob", "user:", "user:a b", "group:\"", "everyone"]) func nobodyIsSentNothing(_ to: String) throws
    {
        var bench = try Bench()
        guard case .failure(let error) = bench.send(to: to) else { throw ClientError.closed }
        #expect(error.code == .invalid)
    }

    @Test func ownNumbersMustGrow() throws {
        var bench = try Bench()
        #expect(try bench.send(n: 7).get() == 7)
        #expect(throws: ClientError.self) { try bench.send(n: 7).get() }
        #expect(throws: ClientError.self) { try bench.send(n: 1 << 53).get() }
        #expect(try bench.send(n: 8).get() == 8)
    }

    @Test func editsAndDeletionsAreAnsweredLikeMessages() throws {
        var bench = try Bench()
        try bench.open()
        let id = MessageID(milliseconds: 9, sequence: 1)
        var (result, actions) = bench.machine.change(id, in: "dm:alice:bob", to: Array("\"new\"".utf8), bench.now)
        bench.actions += actions
        #expect(
            bench.sent == [
                "{\"type\":\"edit\",\"n\":\(try result.get()),\"conversation\":\"dm:alice:bob\",\"id\":\"9-1\",\"data\":\"new\"}"
            ])
        (result, actions) = bench.machine.change(id, in: "dm:alice:bob", to: nil, bench.now)
        bench.actions += actions
        #expect(bench.sent.last?.hasPrefix("{\"type\":\"delete\"") == true)
        // History found that it may not be: told in the inbox.
        bench.frame(
            "{\"type\":\"error\",\"cursor\":\"7-0\",\"n\":\(try result.get()),\"code\":\"forbidden\",\"message\":\"not yours\",\"id\":\"9-1\",\"conversation\":\"dm:alice:bob\",\"change\":\"12-0\"}"
        )
        #expect(
            bench.events == [
                .changeRefused(
                    n: try result.get(), conversation: "dm:alice:bob", id: id,
                    ClientError(.refused(.forbidden), "not yours"))
            ])
        #expect(throws: ClientError.self) {
            try bench.machine.change(id, in: "dm:bob:alice", to: nil, bench.now).0.get()
        }
    }

    @Test func readMarksAreGatheredAndWaitForASession() throws {
        var bench = try Bench()
        for id in [5, 9, 7] {
            bench.happens { $0.markRead("dm:alice:bob", MessageID("\(id)-0")!, $1) }
        }
        bench.pass(1_000)
        try bench.open()
        #expect(bench.sent == ["{\"type\":\"read\",\"conversation\":\"dm:alice:bob\",\"id\":\"9-0\"}"])
        bench.happens { $0.markRead("group:team", MessageID("3-0")!, $1) }
        #expect(bench.sent.count == 1)
        bench.pass(250)
        #expect(bench.sent.count == 2)
    }
}
