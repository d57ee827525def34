import CBOR
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

    @Test func nonsenseAgainAndAgainEndsTheSession() async throws {
        let parts = try await Bench.Parts()
        let client = try client(try Bench(parts), parts, offers: "switchboard.v1.cbor")
        for _ in 0..<50 { try client.send(opcode: 2, [0xff]) }
        #expect(client.closeCode == 4501)
    }
}
