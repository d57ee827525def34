import Messaging
import NIOCore
import NIOEmbedded
import RedisStreams
import Testing

@testable import WSEdge

@Suite struct SessionTests {
    private func id(_ number: UInt64) -> MessageID { MessageID(milliseconds: number, sequence: 0) }

    private func message(_ number: UInt64, from: String = "bob", device: String = "desk", previous: UInt64? = nil)
        -> EdgeNews
    {
        .message(
            RoutedMessage(
                id: id(number), conversation: "dm:alice:bob", from: from, device: device, data: Array("\(number)".utf8)),
            [.init(user: "alice", cursor: id(number), previous: id(previous ?? number - 1))])
    }

    private func bodies(_ client: BenchClient) -> [String] {
        client.texts().compactMap { $0.split(separator: #""data":"#).last.map { String($0.dropLast()) } }
    }

    @Test func isRegisteredAfterPresenceWasToldAndUnregisteredBefore() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        #expect(bench.redis.commands.map { $0[0] } == ["announce", "register"])
        #expect(bench.redis.commands[0].contains("connect"))
        #expect(bench.redis.commands[1].contains("e1:boot"))
        #expect(bench.loop.environment.sessions == 1)
        try client.send(opcode: 8, [])
        client.collect()
        #expect(bench.redis.commands.map { $0[0] } == ["announce", "register", "unregister", "announce"])
        #expect(bench.redis.commands.last?.contains("disconnect") == true)
        #expect(bench.loop.environment.sessions == 0)
        #expect(bench.loop.environment.connections == 0)
    }

    @Test func aFarewellThatFailedIsSaidAgain() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        bench.redis.isConnected = false
        try client.send(opcode: 8, [])
        client.collect()
        #expect(!bench.loop.farewells.isIdle)
        bench.redis.isConnected = true
        bench.loop.farewells.retry()
        bench.eventLoop.run()
        #expect(bench.loop.farewells.isIdle)
        #expect(bench.redis.commands("unregister").count == 2)
    }

    @Test func nothingIsReadFromTheClientBeforeItIsRegistered() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.holdBack()
        let client = try bench.session(parts.token)
        try client.send(#"{"type":"send","n":1,"to":"user:bob","data":1}"#)
        #expect(client.texts().isEmpty)
        #expect(bench.redis.commands("publish").isEmpty)
        bench.redis.answer()
        let answers = client.texts()
        #expect(answers.count == 2)
        #expect(answers.first?.contains("welcome") == true && answers.last?.contains("accepted") == true)
    }

    @Test func sendsInFlightAreBoundedByReadingNoMore() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        bench.redis.holdBack()
        for n in 0..<80 { try client.send(#"{"type":"send","n":\#(n),"to":"user:bob","data":1}"#) }
        #expect(bench.redis.commands("publish").count == 64)
        bench.redis.answer()
        let answers = client.texts()
        #expect(answers.count == 80)
        #expect(answers.allSatisfy { $0.contains("accepted") })
        #expect(bench.redis.commands("publish").count == 80)
    }

    @Test func hintsAreSentInOrderAndALostOneIsReadFromTheInbox() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        bench.loop.handle([message(6), message(7)])
        #expect(bodies(client) == ["6", "7"])
        bench.redis.answers("XRANGE", with: .array([entry(8), entry(9)]))
        bench.loop.handle([message(9)])
        #expect(bodies(client) == ["8", "9"])
        #expect(bench.redis.commands("XRANGE").first?[2] == "(7-0")
    }

    private func entry(_ number: UInt64) -> RedisValue {
        let fields = [
            "prev", "\(id(number - 1))", "id", "\(id(number))", "conversation", "dm:alice:bob", "from", "bob", "device",
            "desk",
            "data", "\(number)",
        ]
        return .array([.status("\(id(number))"), .array(fields.map { .bytes(Array($0.utf8)) })])
    }

    @Test func theSendingDeviceDoesNotGetItsMessageBackAndAnotherDoes() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let phone = try bench.session(parts.token)
        let desk = try bench.session(parts.token, device: "desk")
        _ = (phone.texts(), desk.texts())
        bench.loop.handle([message(6, from: "alice", device: "phone")])
        #expect(bodies(phone).isEmpty)
        #expect(bodies(desk) == ["6"])
        bench.loop.handle([
            .signal(RoutedSignal(from: "alice", device: "phone", to: "user:alice", data: [49]), users: ["alice"])
        ])
        #expect(phone.texts().isEmpty)
        #expect(desk.texts() == [#"{"type":"signal","from":"alice","to":"user:alice","data":1}"#])
    }

    @Test func acknowledgementsAreToldTogether() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        bench.loop.handle([message(6), message(7), message(8)])
        client.collect()
        for cursor in 6...8 { try client.send(#"{"type":"ack","cursor":"\#(cursor)-0"}"#) }
        #expect(bench.redis.commands("acknowledge").isEmpty)
        bench.eventLoop.advanceTime(by: .milliseconds(200))
        bench.eventLoop.run()
        #expect(bench.redis.commands("acknowledge").count == 1)
        #expect(bench.redis.commands("acknowledge").first?.contains("8-0") == true)
        bench.loop.handle([message(9)])
        try client.send(#"{"type":"ack","cursor":"9-0"}"#)
        try client.send(opcode: 8, [])
        client.collect()
        #expect(bench.redis.commands("acknowledge").count == 2, "at the end at once")
    }

    @Test func aNewIncarnationRegistersTheSessionAgain() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        bench.loop.handle([message(6)])
        #expect(bodies(client) == ["6"])
        bench.redis.holdBack()
        bench.loop.adopt("e1:next")
        bench.loop.handle([message(7)])
        #expect(client.texts().isEmpty, "nothing is sent before it is registered")
        bench.redis.answers(
            "register",
            with: .array([
                .status("registered"), .status("5-0"), .integer(0), .status("7-0"), .array([entry(6), entry(7)]),
            ]))
        bench.redis.answer()
        #expect(bodies(client) == ["7"], "and what was sent is not repeated")
        let again = try #require(bench.redis.commands("register").last)
        #expect(again.contains("e1:next") && again.contains("5-0"))
    }

    @Test func aSessionThatWasBeingRegisteredUnderTheOldIncarnationIsRegisteredAgain() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.holdBack()
        let client = try bench.session(parts.token)
        bench.loop.adopt("e1:next")
        bench.redis.answer()
        let welcomes = client.texts()
        #expect(welcomes.count == 1, "the client sees nothing of it")
        #expect(bench.redis.commands("register").map { $0.contains("e1:next") } == [false, true])
    }

    @Test func tooManySessionsEndTheNewestUnlessSomeAreOfDeadEdges() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.answers("register", with: .array([.status("many"), .status("s1"), .status("e1:boot a")]))
        bench.redis.answers(
            "HGETALL",
            with: .array([
                .status("e1"),
                .bytes(
                    Array(
                        #"{"incarnation":"e1:boot","url":"","sessions":1,"draining":false,"since":0,"expires":0}"#.utf8)
                ),
            ]))
        #expect(try bench.session(parts.token).closeCode == 4503)
        bench.redis.answers("register", with: .array([.status("many"), .status("s1"), .status("e9:gone a")]))
        let before = bench.redis.commands("register").count
        #expect(try bench.session(parts.token).closeCode == 4503)
        #expect(bench.redis.commands("register").count == before + 2, "tried once more")
        #expect(bench.redis.commands("unregister").contains { $0.contains("e9:gone") && $0.contains("s1") })
    }

    @Test func aGapIsSaidWithAMessageIDBeforeTheCursor() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let hour: UInt64 = 3_600_000
        bench.redis.answers(
            "register",
            with: .array([
                .status("registered"), .status("\(hour + 5)-3"), .integer(1), .status("\(hour + 9)-0"), .array([]),
            ]))
        let client = try bench.session(parts.token, "&cursor=\(hour + 5)-3")
        let texts = client.texts()
        #expect(texts.count == 2)
        #expect(texts.last?.hasPrefix(#"{"type":"gap","after":"5-0","reason":"#) == true)
    }

    private func drain(_ bench: Bench, _ targets: MoveTargets, time: TimeAmount = .seconds(25)) {
        let done = bench.eventLoop.makePromise(of: Void.self)
        bench.loop.environment.drain()
        let pace = DrainPace(sessions: bench.loop.environment.sessions, time: time)
        // A promise that is never kept traps.
        bench.loop.drain(.init(pace: pace, targets: targets, time: time), done)
    }

    @Test func whenTheOnlyEdgeGoesAwayEverySessionIsToldAndTakenOut() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let clients = try (0..<5).map { try bench.session(parts.token, device: "d\($0)") }
        drain(bench, MoveTargets(among: [:], own: "e1", leaving: 5))
        for client in clients {
            #expect(client.closeCode == 1001)
            try client.send(opcode: 8, [0x03, 0xe9])
        }
        bench.eventLoop.advanceTime(by: .milliseconds(40))
        #expect(bench.redis.commands("unregister").count == 5)
        #expect(bench.loop.connections.isEmpty)
    }

    @Test func whenThereAreOthersASessionIsAskedToMoveAndGoesOnUntilItLeaves() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        drain(bench, .unknown)
        #expect(client.texts() == [#"{"type":"moving","within":500}"#])
        bench.loop.handle([message(6)])
        #expect(bodies(client) == ["6"])
        try client.send(#"{"type":"send","n":1,"to":"user:bob","data":1}"#)
        #expect(client.texts().first?.contains("accepted") == true)
        #expect(try bench.connect("/ws?device=b").head.contains("Retry-After: 1"))
        #expect(try bench.connect("/ws?device=b").head.contains("Connection: close"))
        #expect(try bench.connect("/healthz", ["Upgrade": ""]).status == "200")
        try client.send(opcode: 8, [0x03, 0xe8])
        bench.eventLoop.advanceTime(by: .milliseconds(40))
        #expect(client.closeCode == 1000)
        #expect(bench.loop.connections.isEmpty)
    }

    /// Deadlines are of real time, which nobody waits for here: to no time at all everything is due at once.
    @Test func whoDoesNotMoveIsClosedOnceItsSendsAreAnswered() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        bench.redis.holdBack()
        try client.send(#"{"type":"send","n":1,"to":"user:bob","data":1}"#)
        for connection in bench.loop.connections.values {
            #expect(connection.move(to: "ws://other/ws", within: .milliseconds(700)))
            connection.leave()
        }
        #expect(client.texts() == [#"{"type":"moving","url":"ws://other/ws","within":700}"#])
        #expect(client.closeCode == nil)
        try client.send(#"{"type":"send","n":2,"to":"user:bob","data":1}"#)
        bench.redis.answer()
        #expect(client.closeCode == 4000)
        let answers = client.texts()
        #expect(answers.count == 1 && answers[0].contains(#""accepted","n":1,"#), "and takes no more meanwhile")
    }

    @Test func aStormOfHandshakesWaitsItsTurn() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--register-limit", "2", "--handshake-queue", "1"])
        bench.redis.holdBack()
        let clients = try (0..<4).map { try bench.session(parts.token, device: "d\($0)") }
        #expect(clients.map(\.status) == ["101", "101", "", "503"])
        #expect(clients[3].head.contains("Retry-After: ") && clients[3].body.contains("busy"))
        #expect(bench.redis.commands("register").count == 2)
        #expect(bench.loop.environment.waiting.handshakes == 1)
        bench.redis.answer()
        bench.eventLoop.advanceTime(by: .milliseconds(1))
        clients[2].readHead()
        #expect(clients[2].status == "101")
        #expect(clients[2].texts().first?.contains("welcome") == true)
        #expect(bench.loop.environment.waiting == (0, 0))
    }

    @Test func aHandshakeWhoseClientHasGoneIsForgotten() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--register-limit", "1"])
        bench.redis.holdBack()
        let clients = try (0..<3).map { try bench.session(parts.token, device: "d\($0)") }
        #expect(bench.loop.environment.waiting.handshakes == 2)
        clients[1].channel.close(promise: nil)
        bench.eventLoop.run()
        #expect(bench.loop.environment.waiting.handshakes == 1)
        bench.redis.answer()
        bench.eventLoop.advanceTime(by: .milliseconds(1))
        clients[2].readHead()
        #expect(clients[2].status == "101")
        #expect(bench.redis.commands("register").count == 2)
    }

    @Test func theWelcomeSaysOverWhatTimeToComeBack() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--reconnect-rate", "2"])
        #expect(try bench.session(parts.token).texts().first?.contains(#""reconnectWithin":2000}}"#) == true)
    }
}
