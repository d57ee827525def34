import CBOR
import Messaging
import RedisStreams
import Testing

@testable import WSEdge

@Suite struct CBORTests {
    private func client(_ bench: Bench, _ parts: Bench.Parts, offers: String) throws -> BenchClient {
        let client = try bench.connect(
            "/ws?device=phone", ["Authorization": "Bearer \(parts.token)", "Sec-WebSocket-Protocol": offers])
        client.collect()
        return client
    }

    /// The binary messages that have come, as the JSON that they stand for.
    private func frames(_ client: BenchClient) throws -> [String] {
        client.collect()
        return try client.frames.filter { $0.opcode == 2 }.map {
            String(decoding: try CBORFrame.json($0.payload.span), as: UTF8.self)
        }
    }

    private func send(_ json: String, _ client: BenchClient) throws {
        let frame = CBORFrame.encoded(Array(json.utf8).span)
        try client.send(opcode: 2, try #require(frame))
    }

    @Test func theFirstThatIsSpokenHereIsConfirmed() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        #expect(
            try client(bench, parts, offers: "soap, switchboard.v1.cbor, switchboard.v1").head
                .split(separator: "\r\n").contains("Sec-WebSocket-Protocol: switchboard.v1.cbor"))
        #expect(
            try client(bench, parts, offers: "switchboard.v1, switchboard.v1.cbor").head
                .split(separator: "\r\n").contains("Sec-WebSocket-Protocol: switchboard.v1"))
        let refused = try client(bench, parts, offers: "soap")
        #expect(refused.status == "400" && refused.body.contains("switchboard.v1.cbor"))
    }

    @Test func aSessionIsSpokenToInWhatItChose() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try client(bench, parts, offers: "switchboard.v1.cbor")
        #expect(try frames(client).first?.hasPrefix(#"{"type":"welcome","user":"alice","device":"phone""#) == true)
        try send(#"{"type":"send","n":1,"to":"user:bob","data":{"text":"hi"}}"#, client)
        #expect(try frames(client).last?.hasPrefix(#"{"type":"accepted","n":1,"id":""#) == true)
        try send(#"{"type":"ping","n":2}"#, client)
        #expect(try frames(client).last == #"{"type":"pong","n":2}"#)
        try send(#"{"type":"dance"}"#, client)
        #expect(try frames(client).last?.contains("bad_request") == true)
        try client.send(opcode: 2, [0xff])
        #expect(try frames(client).last?.contains("not valid CBOR") == true, "the session goes on")
        #expect(client.texts().isEmpty)
        try client.send("{}")
        #expect(client.closeCode == 1003)
    }

    /// One session speaks JSON, two speak CBOR: message, what became of it, signal, `accepted` and `pong`.
    @Test func bothEncodingsSayTheSame() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let plain = try bench.session(parts.token, device: "desk")
        let others = try ["phone", "tablet"].map { device in
            let client = try bench.connect(
                "/ws?device=\(device)",
                ["Authorization": "Bearer \(parts.token)", "Sec-WebSocket-Protocol": "switchboard.v1.cbor"])
            client.collect()
            return client
        }
        let before = try others.map { try frames($0).count }
        _ = plain.texts()
        let image = Array(#"[{"url":"https://x/y","type":"a/b","size":1,"name":"n"}]"#.utf8)
        func told(_ number: UInt64, _ change: MessageChange? = nil, attachments: [UInt8] = []) {
            let id = { (number: UInt64) in MessageID(milliseconds: number, sequence: 0) }
            let message = RoutedMessage(
                id: id(number + 100), conversation: "dm:alice:bob", from: "bob", device: "desk",
                data: Array("{\"text\":\"é\\n\"}".utf8), attachments: attachments, change: change)
            bench.loop.handle([.message(message, [.init(user: "alice", cursor: id(number), previous: id(number - 1))])])
        }
        told(6)
        told(7, attachments: image)
        told(8, .edited(MessageID(milliseconds: 106, sequence: 0)))
        told(9, .deleted(MessageID(milliseconds: 106, sequence: 0)))
        let signal = RoutedSignal(from: "bob", device: "desk", to: "user:alice", data: Array(#""typing""#.utf8))
        bench.loop.handle([.signal(signal, users: ["alice"])])
        let said = plain.texts()
        #expect(said.count == 5)
        for (client, count) in zip(others, before) { #expect(try Array(frames(client).dropFirst(count)) == said) }
        bench.redis.answers("publish", with: .status("accepted 7-0"))
        for frame in [
            #"{"type":"ping","n":2}"#, #"{"type":"send","n":1,"to":"user:bob","data":[1 ,2]}"#,
            #"{"type":"signal","to":"user:bob","data":[1 ,2]}"#, #"{"type":"ack","cursor":"9-0"}"#,
            #"{"type":"ping","n":3}"#,
        ] {
            try plain.send(frame)
            try send(frame, others[0])
        }
        let answers = plain.texts()
        #expect(answers.count == 3)
        #expect(try Array(frames(others[0]).suffix(3)) == answers)
        for command in ["publish", "XADD"] {
            #expect(bench.redis.commands(command).filter { $0.contains("[1 ,2]") }.count == 2)
        }
    }

    @Test func nonsenseAgainAndAgainEndsTheSession() async throws {
        let parts = try await Bench.Parts()
        let client = try client(try Bench(parts), parts, offers: "switchboard.v1.cbor")
        for _ in 0..<50 { try client.send(opcode: 2, [0xff]) }
        #expect(client.closeCode == 4501)
    }
}
