import Authentication
import Logging
import Messaging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import RedisStreams
import ServiceRuntime
import WebSocketFrames

@testable import WSEdge

/// An edge with one event loop in the test's hands, and Redis faked. To be used on one thread.
final class Bench {
    static let secret = "0123456789abcdef0123456789abcdef"

    let redis = FakeRedis()
    let eventLoop = EmbeddedEventLoop()
    let loop: EdgeLoop
    let site: Site

    /// What must be made with suspension, before the event loop.
    struct Parts {
        var verifier: TokenVerifier
        var token: String

        init(
            user: String = "alice", scopes: Set<String> = [], lifetime: Duration = .seconds(60),
            subscribes: [String] = []
        ) async throws {
            verifier = try await TokenVerifier(
                secret: Bench.secret, jwksFile: nil, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            token = try await TokenMinter.token(
                user: user, scopes: scopes, lifetime: lifetime, subscribes: subscribes, secret: Bench.secret)
        }
    }

    init(_ parts: Parts, _ arguments: [String] = [], demo: Demo? = nil) throws {
        let settings = try Settings(
            declared: WSEdgeSettings.all, arguments: ["--edge-id", "e1", "--threads", "1"] + arguments, environment: [:]
        )
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let context = ServiceContext(service: "ws-edge", settings: settings, logger: logger)
        let environment = EdgeEnvironment(
            configuration: try WSEdgeConfiguration(settings), redis: redis.link, verifier: parts.verifier,
            metrics: WSEdgeMetrics(context.metrics), logger: logger)
        loop = EdgeLoop(environment: environment, eventLoop: eventLoop)
        loop.adopt("e1:boot")
        site = Site(context: context, demo: demo)
    }

    /// Opens a connection and asks for `target`.
    func connect(_ target: String, _ headers: [String: String] = [:]) throws -> BenchClient {
        let client = try open()
        var all = [
            "Host": "edge.example", "Upgrade": "websocket", "Connection": "keep-alive, Upgrade",
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        for (name, value) in headers { all[name] = value.isEmpty ? nil : value }
        let lines = all.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        try client.write(Array("GET \(target) HTTP/1.1\r\n\(lines)\r\n".utf8))
        client.readHead()
        return client
    }

    /// Opens a connection on which nothing has been asked yet.
    func open() throws -> BenchClient {
        let channel = EmbeddedChannel(loop: eventLoop)
        try HTTPHandler.begin(channel, loop: loop, site: site)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return BenchClient(channel: channel, eventLoop: eventLoop)
    }

    /// Routes a message from bob to alice.
    func message(cursor: UInt64, previous: UInt64, data: String) {
        loop.handle([
            .message(
                RoutedMessage(
                    id: MessageID(milliseconds: cursor, sequence: 9), conversation: "dm:alice:bob", from: "bob",
                    device: "", data: Array(data.utf8)),
                [
                    EdgeBatch.Recipient(
                        user: "alice", cursor: MessageID(milliseconds: cursor, sequence: 0),
                        previous: MessageID(milliseconds: previous, sequence: 0))
                ])
        ])
    }

    /// A session of `token`'s user, welcomed.
    func session(_ token: String, device: String = "phone", _ query: String = "") throws -> BenchClient {
        let client = try connect("/ws?device=\(device)\(query)", ["Authorization": "Bearer \(token)"])
        client.collect()
        return client
    }
}

/// The other side of a connection to a ``Bench``.
final class BenchClient {
    let channel: EmbeddedChannel
    private let eventLoop: EmbeddedEventLoop
    private(set) var head = ""
    /// Whether the last chunk has come.
    private(set) var hasEnded = false
    private var bytes: [UInt8] = []
    /// Frames that have come: opcode and payload.
    private(set) var frames: [(opcode: UInt8, payload: [UInt8])] = []
    /// Reads what is compressed.
    var inflater: Inflater?
    /// How many frames were.
    private(set) var compressedFrames = 0

    init(channel: EmbeddedChannel, eventLoop: EmbeddedEventLoop) {
        self.channel = channel
        self.eventLoop = eventLoop
    }

    func write(_ bytes: [UInt8]) throws {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        eventLoop.run()
    }

    /// Asks for something over HTTP, and reads the answer's head when it comes at once.
    func request(
        _ method: String, _ target: String, _ headers: [String: String] = [:], body: String = "",
        version: String = "1.1"
    ) throws {
        var all = ["Host": "edge.example"]
        if method == "POST" || !body.isEmpty { all["Content-Length"] = String(body.utf8.count) }
        for (name, value) in headers { all[name] = value }
        let lines = all.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        head = ""
        try write(Array("\(method) \(target) HTTP/\(version)\r\n\(lines)\r\n\(body)".utf8))
        readHead()
    }

    /// Takes in what has come since, which may be the answer's head.
    func poll() {
        if head.isEmpty { readHead() } else { drain() }
    }

    /// What has come in chunks and was not taken before.
    func chunks() -> String {
        drain()
        if head.isEmpty { readHead() }
        var text: [UInt8] = []
        while let end = bytes.firstIndex(of: UInt8(ascii: "\r")),
            let length = Int(String(decoding: bytes[..<end], as: UTF8.self), radix: 16), bytes.count >= end + 4 + length
        {
            text += bytes[(end + 2)..<(end + 2 + length)]
            bytes = Array(bytes[(end + 4 + length)...])
            if length == 0 { hasEnded = true }
        }
        return String(decoding: text, as: UTF8.self)
    }

    func send(_ text: String) throws { try send(opcode: 1, Array(text.utf8)) }

    func send(opcode: UInt8, _ payload: [UInt8], masked: Bool = true) throws {
        var frame: [UInt8] = [0x80 | opcode]
        let bit: UInt8 = masked ? 0x80 : 0
        if payload.count < 126 {
            frame.append(bit | UInt8(payload.count))
        } else if payload.count < 65_536 {
            frame += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        } else {
            frame += [bit | 127, 0, 0, 0, 0] + [24, 16, 8, 0].map { UInt8(payload.count >> $0 & 0xff) }
        }
        // A mask of zeros is a mask.
        if masked { frame += [0, 0, 0, 0] }
        try write(frame + payload)
    }

    private func drain() {
        eventLoop.run()
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { bytes += Array(buffer.readableBytesView) }
    }

    /// Reads the answer's head, and its body if it is not 101.
    func readHead() {
        drain()
        let end = Array("\r\n\r\n".utf8)
        guard let place = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return }
        head = String(decoding: bytes[..<place], as: UTF8.self)
        bytes = Array(bytes[(place + 4)...])
    }

    var status: String { String(head.split(separator: " ", maxSplits: 2).dropFirst().first ?? "") }

    /// The rest of a plain answer.
    var body: String { String(decoding: bytes, as: UTF8.self) }

    /// Takes in the frames that have come.
    func collect() {
        drain()
        while bytes.count >= 2 {
            var length = Int(bytes[1])
            var start = 2
            if length == 126, bytes.count >= 4 {
                length = Int(bytes[2]) << 8 | Int(bytes[3])
                start = 4
            }
            guard bytes.count >= start + length else { return }
            frames.append((bytes[0] & 0x0f, inflated(bytes[0], Array(bytes[start..<start + length]))))
            bytes = Array(bytes[(start + length)...])
        }
    }

    /// A payload as it was before it was compressed, where the frame says that it is.
    private func inflated(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        guard first & 0x40 != 0, let inflater else { return payload }
        compressedFrames += 1
        var message = ByteBuffer()
        guard (try? inflater.inflate(ByteBuffer(bytes: payload), into: &message, limit: 1 << 20)) != nil,
            (try? inflater.finish(into: &message, limit: 1 << 20)) != nil
        else { return payload }
        return Array(message.readableBytesView)
    }

    /// The texts that have come and were not taken before.
    func texts() -> [String] {
        collect()
        defer { frames.removeAll { $0.opcode == 1 } }
        return frames.filter { $0.opcode == 1 }.map { String(decoding: $0.payload, as: UTF8.self) }
    }

    /// The code of the close frame that has come.
    var closeCode: UInt16? {
        collect()
        guard let frame = frames.first(where: { $0.opcode == 8 }), frame.payload.count >= 2 else { return nil }
        return UInt16(frame.payload[0]) << 8 | UInt16(frame.payload[1])
    }
}
