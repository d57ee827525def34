import Messaging
import NIOCore
import Testing
import WebSocketFrames

@testable import WSEdge

@Suite struct CompressionTests {
    private let offer = ["Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"]
    private let policy = CompressionPolicy(takesOver: true, windowBits: 15)

    private func client(
        _ bench: Bench, _ parts: Bench.Parts, device: String = "phone", takesOver: Bool = false
    ) throws -> BenchClient {
        let client = try bench.connect(
            "/ws?device=\(device)", offer.merging(["Authorization": "Bearer \(parts.token)"]) { $1 })
        client.inflater = Inflater(windowBits: 15, takesOver: takesOver)
        client.collect()
        return client
    }

    private func deflated(_ text: String, _ deflater: Deflater) -> [UInt8] {
        var output = ByteBuffer()
        deflater.compress(ByteBuffer(string: text), into: &output)
        return Array(output.readableBytesView)
    }

    private func message(_ text: String) -> RoutedMessage {
        RoutedMessage(
            id: MessageID(milliseconds: 5, sequence: 1), conversation: "dm:alice:bob", from: "bob", device: "d",
            data: Array("\"\(text)\"".utf8))
    }

    @Test func nothingIsAgreedUnlessItIsSwitchedOnAndOffered() async throws {
        let parts = try await Bench.Parts()
        let silent = try client(try Bench(parts), parts)
        #expect(silent.status == "101")
        #expect(!silent.head.contains("Sec-WebSocket-Extensions"))
        try silent.send(
            opcode: 0x41, deflated(#"{"type":"ping","n":1}"#, Deflater(policy, windowBits: 15, takesOver: false)))
        #expect(silent.closeCode == 1002)
        let bench = try Bench(parts, ["--compression", "on"])
        #expect(!(try bench.session(parts.token)).head.contains("Sec-WebSocket-Extensions"))
        #expect(
            try client(bench, parts).head.contains(
                "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover"))
        let takeover = try Bench(parts, ["--compression", "takeover"])
        #expect(
            try client(takeover, parts).head.contains(
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12"))
    }

    @Test(arguments: ["on", "takeover"])
    func bothSidesAreUnderstood(_ mode: String) async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--compression", mode, "--compression-threshold", "0"])
        let client = try client(bench, parts, takesOver: mode == "takeover")
        let deflater = Deflater(policy, windowBits: 12, takesOver: mode == "takeover")
        #expect(client.texts().first?.hasPrefix(#"{"type":"welcome","user":"alice""#) == true)
        for number in 1...3 {
            try client.send(opcode: 0x41, deflated(#"{"type":"ping","n":\#(number)}"#, deflater))
            #expect(client.texts() == [#"{"type":"pong","n":\#(number)}"#])
        }
        try client.send(#"{"type":"ping","n":4}"#)
        #expect(client.texts() == [#"{"type":"pong","n":4}"#], "what is not compressed is read as well")
    }

    @Test func aMessageForManyIsCompressedOnceAndSmallerForEach() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--compression", "on"])
        let compression = try #require(bench.loop.compression)
        let one = try #require(compression.agree(on: ["permessage-deflate"]))
        let other = try #require(compression.agree(on: ["permessage-deflate; server_max_window_bits=9"]))
        let long = message(String(repeating: "again and again ", count: 100))
        for (connection, cursor) in [(one, "7-0"), (one, "8-0"), (other, "9-0")] {
            let prefix = ServerFrame.Message.prefix(cursor: try #require(MessageID(cursor)))
            let payload = try #require(connection.compressed(prefix, long.tail))
            #expect(payload.readableBytes < 300)
            var read = ByteBuffer()
            let inflater = Inflater(windowBits: connection === other ? 9 : 12, takesOver: false)
            try inflater.inflate(payload, into: &read, limit: 10_000)
            try inflater.finish(into: &read, limit: 10_000)
            #expect(Array(read.readableBytesView) == prefix + Array(long.tail.readableBytesView))
        }
    }

    /// Recipients of one message, in turn by JSON and by CBOR and with two windows: each of the four is compressed once.
    @Test func oneCompressedCopyServesEveryRecipientHoweverTheyAlternate() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--compression", "on", "--sessions-per-user", "100"])
        let compression = try #require(bench.loop.compression)
        var clients: [BenchClient] = []
        for number in 0..<24 {
            var headers = ["Authorization": "Bearer \(parts.token)"]
            headers["Sec-WebSocket-Extensions"] =
                number % 2 == 0 ? "permessage-deflate" : "permessage-deflate; server_max_window_bits=9"
            if number % 3 == 0 { headers["Sec-WebSocket-Protocol"] = "switchboard.v1.cbor" }
            let client = try bench.connect("/ws?device=d\(number)", headers)
            client.inflater = Inflater(windowBits: 15, takesOver: false)
            client.collect()
            clients.append(client)
        }
        let (before, frames) = (compression.compressions, clients.map(\.compressedFrames))
        bench.message(cursor: 6, previous: 5, data: "\"\(String(repeating: "again and again ", count: 100))\"")
        for client in clients { client.collect() }
        #expect(zip(clients, frames).allSatisfy { $0.compressedFrames == $1 + 1 })
        #expect(compression.compressions == before + 4)
    }

    @Test func whatIsShortOrDoesNotShrinkGoesAsItIs() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--compression", "on"])
        let connection = try #require(bench.loop.compression?.agree(on: ["permessage-deflate"]))
        #expect(connection.compressed([], ByteBuffer(string: String(repeating: "a", count: 255))) == nil)
        #expect(connection.compressed([], ByteBuffer(string: String(repeating: "a", count: 256))) != nil)
        let noise = (0..<1000).map { _ in UInt8.random(in: 0...255) }
        #expect(connection.compressed([], ByteBuffer(bytes: noise)) == nil)
    }

    @Test(arguments: ["on", "takeover"])
    func aBombEndsTheSessionWith1009(_ mode: String) async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--compression", mode, "--message-limit", "65536"])
        let bomb = deflated(String(repeating: " ", count: 8 << 20), Deflater(policy, windowBits: 12, takesOver: false))
        #expect(bomb.count < 65_536)
        let client = try client(bench, parts)
        try client.send(opcode: 0x41, bomb)
        #expect(client.closeCode == 1009)
    }

    @Test func brokenCompressionEndsTheSessionWithItsCode() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--compression", "on"])
        let deflater = Deflater(policy, windowBits: 15, takesOver: false)
        func code(_ opcode: UInt8, _ payload: [UInt8]) throws -> UInt16? {
            let client = try client(bench, parts)
            try client.send(opcode: opcode, payload)
            return client.closeCode
        }
        #expect(try code(0x41, [0xff, 0xff]) == 1007, "no deflate stream")
        #expect(try code(0x41, deflated("", deflater).dropLast() + [0xff, 0x00]) == 1007)
        #expect(try code(0x49, [1]) == 1002, "control frames are not compressed")
        #expect(try code(0x40, [0]) == 1002, "nor is it said again by what continues")
        #expect(try code(0x21, [0]) == 1002, "other bits mean nothing")
        #expect(try code(0x42, deflated("binary", deflater)) == 1003)
        var invalid = ByteBuffer()
        deflater.compress(ByteBuffer(bytes: [0xc3, 0x28]), into: &invalid)
        #expect(try code(0x41, Array(invalid.readableBytesView)) == 1007, "no UTF-8")
    }
}
