import Messaging
import NIOCore
import NIOEmbedded
import RedisStreams
import STOMP
import Testing

@testable import WSEdge

/// What a session is over STOMP, and what it is asked for.
@Suite struct STOMPPeerTests {
    // MARK: Connecting

    @Test func aTokenMayBeInTheConnect() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.unconnected("", .v12, ["Sec-WebSocket-Protocol": "v10.stomp, v12.stomp, other"])
        #expect(client.socket.status == "101")
        #expect(client.socket.head.contains("v12.stomp"))
        try client.send(
            .connect, ["accept-version": "1.1,1.2", "Authorization": "Bearer \(parts.token)", "device": "worker"])
        let connected = try client.frame()
        #expect(connected.command == .connected)
        #expect(connected.headers["version"] == "1.2")
        #expect(connected.headers["user-name"] == "alice")
        #expect(connected.headers["device"] == "worker")
        #expect(connected.headers["cursor"] == "5-0")
        #expect(connected.headers["heart-beat"] == "10000,10000")
        #expect(bench.redis.commands("register").first?.contains("worker") == true)
        #expect(bench.loop.environment.sessions == 1)
    }

    @Test func aTokenMayBeInTheHandshakeAndTheDeviceToo() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.unconnected("?token=\(parts.token)&device=tv&cursor=3-0", .v11)
        try client.send("CONNECT\naccept-version:1.1\nhost:x\n\n\0")
        #expect(try client.frame().headers["device"] == "tv")
        #expect(bench.redis.commands("register").first?.contains("3-0") == true)
    }

    @Test func withoutADeviceItIsStomp() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.unconnected("?token=\(parts.token)", .v10)
        try client.send("CONNECT\nlogin:\npasscode:\n\n\0")
        let connected = try client.frame()
        #expect(connected.headers["device"] == "stomp")
        #expect(connected.headers["version"] == "1.0")
    }

    @Test(arguments: ["", "passcode:nonsense\n"])
    func withoutATokenThatHoldsThereIsAnError(_ header: String) async throws {
        let bench = try Bench(try await Bench.Parts())
        let client = try bench.unconnected()
        try client.send("CONNECT\naccept-version:1.2\n\(header)\n\0")
        let error = try client.frame()
        #expect(error.command == .error)
        #expect(error.headers["message"] == "unauthorized")
        #expect(client.socket.closeCode == 4500)
        #expect(bench.loop.environment.sessions == 0)
    }

    @Test(arguments: ["/stomp?device=a%20b", "/stomp?cursor=x"])
    func aBadHandshakeIsRefused(_ target: String) async throws {
        let bench = try Bench(try await Bench.Parts())
        #expect(try bench.connect(target).status == "400")
    }

    @Test func aSubprotocolThatIsNotSpokenIsRefused() async throws {
        let bench = try Bench(try await Bench.Parts())
        #expect(try bench.connect("/stomp", ["Sec-WebSocket-Protocol": "mqtt"]).status == "400")
        #expect(try bench.connect("/stomp?token=nonsense").status == "401")
    }

    @Test func whoDoesNotConnectInTimeIsSentAway() async throws {
        let bench = try Bench(try await Bench.Parts())
        let client = try bench.unconnected()
        for connection in bench.loop.connections.values { connection.tick(now: .now() + .seconds(11)) }
        #expect(try client.frame().headers["message"] == "not connected")
        #expect(client.socket.closeCode == 4500)
    }

    @Test func framesBehindConnectWaitForTheRegistration() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.holdBack()
        let client = try bench.unconnected()
        let send = "SEND\ndestination:/user/bob\nreceipt:r\n\nhi\0"
        try client.send("CONNECT\naccept-version:1.2\npasscode:\(parts.token)\n\n\0\(send)")
        #expect(try client.frames().isEmpty)
        #expect(bench.redis.commands("publish").isEmpty)
        bench.redis.answer()
        #expect(try client.frames().map(\.command) == [.connected, .receipt])
    }

    // MARK: Anonymous

    @Test func whoIsAnonymousMayUseTopicsAndNothingElse() async throws {
        let bench = try Bench(try await Bench.Parts(), ["--anonymous", "true"])
        let client = try bench.unconnected()
        try client.send("CONNECT\naccept-version:1.2\n\n\0")
        let connected = try client.frame()
        #expect(connected.headers["user-name"]?.hasPrefix("anonymous-") == true)
        // What is kept of it goes an hour after the day that it may last.
        let kept = try #require(bench.redis.commands("register").first?.last.flatMap { Int($0) })
        #expect((86_400_000...90_000_000).contains(kept))
        try client.send(.send, ["destination": "/topic/lobby", "receipt": "1"], "hi")
        #expect(try client.receipts() == ["1"])
        try client.send(.send, ["destination": "/user/bob", "receipt": "2"], "hi")
        let error = try client.frame()
        #expect(error.headers["message"] == "forbidden")
        #expect(error.headers["receipt-id"] == "2")
        #expect(client.socket.closeCode == 4501)
        #expect(bench.redis.commands("publish").count == 1)
    }

    // MARK: Sending

    @Test func theReceiptOfASendSaysThatTheLogHasIt() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        bench.redis.holdBack()
        try client.send(.send, ["destination": "/user/bob", "receipt": "r1", "n": "7"], "hé")
        #expect(try client.frames().isEmpty)
        bench.redis.answer()
        let receipt = try client.frame()
        #expect(receipt.headers["receipt-id"] == "r1" && receipt.headers["conversation"] == "dm:alice:bob")
        #expect(receipt.headers["message-id"] == "101-0" && receipt.headers["duplicate"] == nil)
        let publish = try #require(bench.redis.commands("publish").first)
        #expect(publish.contains("counter") && publish.contains("7") && publish.contains("\"hé\""))
    }

    @Test func onlyWhatIsCountedOrHasAKeyIsToldFromARepeat() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        try client.send(.send, ["destination": "/user/bob"], "1")
        try client.send(.send, ["destination": "/user/bob", "idempotency-key": "k"], "1")
        let commands = bench.redis.commands("publish")
        #expect(commands.count == 2)
        #expect(commands.first?.contains("none") == true)
        #expect(commands.last?.contains("key") == true)
        // As over REST: the user's own, for this conversation.
        let partition = bench.loop.environment.partition(of: "dm:alice:bob")
        #expect(
            commands.last?.contains(
                Keys().idempotency(partition, user: "alice", asked: "message dm:alice:bob", key: "k")) == true)
    }

    @Test func aRefusalEndsTheSessionAndNamesItsFrame() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        bench.redis.answers("publish", with: .status("busy"))
        try client.send(.send, ["destination": "/user/bob", "receipt": "r"], "1")
        let error = try client.frame()
        #expect(error.command == .error)
        #expect(error.headers["code"] == "busy")
        #expect(error.headers["receipt-id"] == "r")
        #expect(error.headers["retry-after"].flatMap { Int($0) } != nil)
        #expect(client.socket.closeCode == 1011)
    }

    @Test func whatIsAskedInTheWordsOfJSONIsAnsweredInThoseOfSTOMP() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        try client.send(.send, ["destination": "/all"], "1")
        #expect(try client.frame().text.hasPrefix("header 'destination' is 'all'"))
    }

    @Test func editsDeletionsAndReadMarksAreAppended() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        for name in ["edit", "delete", "read"] {
            try client.send(
                .send,
                ["destination": "/\(name)", "conversation": "dm:alice:bob", "id": "9-0", "receipt": name],
                name == "edit" ? "new" : "")
        }
        #expect(Set(try client.receipts()) == ["edit", "delete", "read"])
        #expect(bench.redis.commands("publish").map { $0[6] } == ["edit", "delete", "read"])
    }

    @Test func aCommitSendsAllAndItsReceiptComesLast() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        try client.send(.begin, ["transaction": "t"])
        for n in 1...3 { try client.send(.send, ["destination": "/user/bob", "transaction": "t"], "\(n)") }
        #expect(bench.redis.commands("publish").isEmpty)
        try client.send(.commit, ["transaction": "t", "receipt": "c"])
        #expect(bench.redis.commands("publish").count == 3)
        #expect(try client.receipts() == ["c"])
    }

    @Test func whoSendsTooFastIsReadMoreSlowly() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--rate", "10", "--burst", "5"])
        let client = try bench.stomp(parts.token)
        let frame = "SEND\ndestination:/user/bob\n\nx\0"
        try client.send(String(repeating: frame, count: 8))
        #expect((4...6).contains(bench.redis.commands("publish").count))
        #expect(try client.frames().isEmpty)
        #expect(client.socket.closeCode == nil)
    }

    @Test func sendsInFlightAreBounded() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--in-flight-limit", "4"])
        let client = try bench.stomp(parts.token)
        bench.redis.holdBack()
        let frame = "SEND\ndestination:/user/bob\nreceipt:x\n\nx\0"
        try client.send(String(repeating: frame, count: 10))
        #expect(bench.redis.commands("publish").count == 4)
        bench.redis.answer()
        bench.eventLoop.run()
        #expect(try client.receipts().count == 10)
    }

    // MARK: Ending

    @Test func disconnectIsAnsweredAndThenClosed() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        try client.send(.send, ["destination": "/user/bob"], "x")
        try client.send(.disconnect, ["receipt": "bye"])
        #expect(try client.receipts() == ["bye"])
        #expect(client.socket.closeCode == 1000)
        #expect(bench.loop.environment.sessions == 0)
    }

    @Test func whoIsToMoveIsToldByTheEnd() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        for connection in bench.loop.connections.values {
            #expect(connection.move(to: "ws://other/ws", within: .seconds(5)))
        }
        let error = try client.frame()
        #expect(error.headers["message"] == "moved" && error.headers["code"] == "moved")
        #expect(error.headers["url"] == "ws://other/stomp")
        #expect(client.socket.closeCode == 4000)
    }

    @Test func whoIsToMoveGetsItsReceiptsFirst() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        bench.redis.holdBack()
        try client.send(.send, ["destination": "/user/bob", "receipt": "r"], "x")
        for connection in bench.loop.connections.values { _ = connection.move(to: nil, within: .seconds(5)) }
        #expect(try client.frames().isEmpty)
        bench.redis.answer()
        #expect(try client.frames().map(\.command) == [.receipt, .error])
    }

    @Test func aTokenThatExpiresEndsTheSession() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        bench.loop.table["alice"]?.first?.close(.tokenExpired)
        #expect(try client.frame().headers["message"] == "token expired")
        #expect(client.socket.closeCode == 4003)
    }

    @Test func whoIsSilentForTwoHeartBeatsIsSentAway() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let start = NIODeadline.now()
        let client = try bench.stomp(parts.token, .v12, ["heart-beat": "10000,10000"])
        func tick(_ seconds: Int64) {
            for connection in bench.loop.connections.values { connection.tick(now: start + .seconds(seconds)) }
            bench.eventLoop.run()
        }
        tick(5)
        #expect(client.socket.texts().isEmpty)
        tick(14)
        #expect(client.socket.texts() == ["\n"])
        tick(200)
        #expect(try client.frame().headers["message"] == "heart-beat missed")
        #expect(client.socket.closeCode == 4002)
    }

    @Test(
        arguments: [
            ("NONSENSE\n\n\0", "unknown command", 4501), ("SEND\n\nx\0", "missing header", 4501),
            ("SEND\ndestination:\\t\n\nx\0", "undefined escape sequence", 4501),
            ("SEND\ndestination:/nowhere\n\nx\0", "unknown destination", 4501),
            ("SEND\ndestination:/user/b\ncontent-length:99999\n\nx\0", "body too large", 1009),
            ("ACK\nid:1\n\n\0", "bad header", 4501), ("MESSAGE\n\n\0", "unknown command", 4501),
            ("CONNECT\n\n\0", "already connected", 4501),
        ])
    func whatMakesNoSenseHasItsAnswer(_ text: String, _ message: String, _ code: UInt16) async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        try client.send(text)
        #expect(try client.frame().headers["message"] == message)
        #expect(client.socket.closeCode == code)
    }

    @Test func framesMayBeSplitPackedAndBinary() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        let bytes = Array(
            "SEND\ndestination:/user/bob\nreceipt:1\ncontent-length:3\n\na\0b\0\nBEGIN\ntransaction:t\nreceipt:2\n\n\0"
                .utf8)
        for byte in bytes { try client.socket.send(opcode: 2, [byte]) }
        #expect(Set(try client.receipts()) == ["1", "2"])
        #expect(bench.redis.commands("publish").first?.contains("\"a\\u0000b\"") == true)
    }

    // MARK: Tokens in a session

    @Test func aFreshTokenHoldsFromItsReceiptOn() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        let session = try #require(bench.loop.table["alice"]?.first)
        let before = session.expiresAt
        let later = try await Bench.Parts(lifetime: .seconds(7200)).token
        bench.redis.holdBack()
        try client.send(.send, ["destination": "/token", "passcode": later, "receipt": "t"])
        #expect(try client.frames().isEmpty)
        bench.redis.answer()
        #expect(try client.receipts() == ["t"])
        #expect(session.expiresAt > before)
        #expect(client.socket.closeCode == nil)
    }

    @Test(arguments: ["nonsense", "mallory"])
    func aFreshTokenThatDoesNotHoldEndsTheSession(_ what: String) async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        let token = what == "nonsense" ? what : try await Bench.Parts(user: what).token
        try client.send(.send, ["destination": "/token", "Authorization": "Bearer \(token)", "receipt": "t"])
        let error = try client.frame()
        #expect(error.headers["message"] == "unauthorized" && error.headers["receipt-id"] == "t")
        #expect(client.socket.closeCode == 4500)
        #expect(bench.redis.commands("publish").isEmpty)
    }

    @Test func attachmentsGoWithTheirMessage() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        let list = "[{\"url\":\"https://files.example/a\",\"type\":\"image/png\",\"size\":5,\"name\":\"a.png\"}]"
        try client.send(.send, ["destination": "/user/bob", "attachments": list, "receipt": "r"], "see")
        #expect(try client.receipts() == ["r"])
        let publish = try #require(bench.redis.commands("publish").first)
        #expect(publish.suffix(2) == ["attachments", list])
    }
}
