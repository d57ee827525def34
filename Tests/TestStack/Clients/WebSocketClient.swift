import NIOCore
import NIOHTTP1
import NIOPosix
package import NIOWebSocket

/// A WebSocket client for tests that can also misbehave: raw bytes, fragments, unmasked frames, a reader that stops reading.
package final class WebSocketClient: Sendable {
    /// How a handshake went.
    package enum Handshake: Sendable {
        case open(WebSocketClient)
        case refused(HTTPClient.Answer)
    }

    /// A frame that came, with its payload unmasked.
    package struct Frame: Sendable {
        package let opcode: WebSocketOpcode
        package let isFinal: Bool
        package let payload: [UInt8]

        /// The payload as text.
        package var text: String { String(decoding: payload, as: UTF8.self) }
    }

    private let channel: any Channel
    private let inbox: Mailbox<Frame>
    /// The subprotocol that the server chose.
    package let subprotocol: String?

    private init(channel: any Channel, inbox: Mailbox<Frame>, subprotocol: String?) {
        self.channel = channel
        self.inbox = inbox
        self.subprotocol = subprotocol
    }

    deinit { channel.close(promise: nil) }

    /// Opens a connection.
    /// - Parameters:
    ///   - url: `ws://host:port/path?query`.
    ///   - subprotocols: those offered; none when empty.
    ///   - receiveBuffer: SO_RCVBUF in bytes, for a reader that is to be slow.
    /// - Throws: ``TestStackError`` when the server cannot be reached or does not answer. A refusal is a result, not an error.
    package static func connect(
        _ url: String, headers: [String: String] = [:], subprotocols: [String] = ["switchboard.v1"],
        receiveBuffer: Int? = nil, answersPings: Bool = true, within limit: Duration = .seconds(10)
    ) async throws -> Handshake {
        var handshake = try WebSocketHandshake(url, headers: headers, subprotocols: subprotocols)
        handshake.receiveBuffer = receiveBuffer
        handshake.limit = limit
        do {
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let outcome = try await handshake.connect(on: loop) { channel, head in
                let inbox = Mailbox<Frame>()
                try channel.pipeline.syncOperations.addHandler(FrameCollector(inbox, answersPings: answersPings))
                return WebSocketClient(
                    channel: channel, inbox: inbox, subprotocol: head.headers.first(name: "Sec-WebSocket-Protocol"))
            }.get()
            switch outcome {
            case .open(let client): return .open(client)
            case .refused(let answer): return .refused(answer)
            }
        } catch let error as TestStackError {
            throw error
        } catch {
            throw TestStackError(.connection, "\(url.prefix { $0 != "?" }): \(error)")
        }
    }

    // Sending

    /// Sends one text frame.
    package func send(_ text: String) async throws {
        try await send(frame: .init(fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(string: text)))
    }

    /// Sends one binary frame.
    package func send(binary bytes: [UInt8]) async throws {
        try await send(frame: .init(fin: true, opcode: .binary, maskKey: .random(), data: ByteBuffer(bytes: bytes)))
    }

    /// Sends a text in `parts` fragments.
    package func send(_ text: String, fragments: Int) async throws {
        let bytes = Array(text.utf8)
        let size = max(1, (bytes.count + fragments - 1) / fragments)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let end = min(start + size, bytes.count)
            try await send(
                frame: .init(
                    fin: end == bytes.count, opcode: start == 0 ? .text : .continuation, maskKey: .random(),
                    data: ByteBuffer(bytes: bytes[start..<end])))
        }
    }

    /// Sends a frame just as it is: without a mask, with a wrong opcode, as one likes.
    package func send(frame: WebSocketFrame) async throws {
        try await channel.writeAndFlush(frame)
    }

    /// Sends bytes past the frame encoder.
    package func send(raw bytes: [UInt8]) async throws {
        let buffer = ByteBuffer(bytes: bytes)
        try await channel.eventLoop.submit { [channel] in
            let encoder = try channel.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
            encoder.writeAndFlush(NIOAny(buffer), promise: nil)
        }.get()
    }

    /// Sends a close frame and waits for the server's answer and the end of the connection.
    package func close(_ code: UInt16 = 1000, within limit: Duration = .seconds(10)) async throws {
        try? await send(
            frame: .init(
                fin: true, opcode: .connectionClose, maskKey: .random(),
                data: ByteBuffer(bytes: [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)])))
        _ = try await closeCode(within: limit)
        channel.close(promise: nil)
    }

    /// Drops the TCP connection without a word.
    package func drop() async { try? await channel.close().get() }

    // Receiving

    /// The next data frame, or control frame other than an answered ping.
    /// - Returns: nil when the connection has ended.
    package func receive(_ what: String = "a frame", within limit: Duration = .seconds(10)) async throws -> Frame? {
        try await receive(what, within: limit) { _ in true }
    }

    /// The first frame not taken yet that `accepts` likes; others stay.
    /// - Returns: nil when the connection has ended.
    package func receive(
        _ what: String, within limit: Duration = .seconds(10), where accepts: @escaping @Sendable (Frame) -> Bool
    ) async throws -> Frame? {
        try await inbox.take(what, within: limit, where: accepts)
    }

    /// Everything received so far, taken or not.
    package var received: [Frame] { inbox.all }

    /// Waits for the close frame.
    /// - Returns: its code; 1005 when it had none, 1006 when the connection ended without one.
    package func closeCode(within limit: Duration = .seconds(10)) async throws -> UInt16 {
        let isClose: @Sendable (Frame) -> Bool = { $0.opcode == .connectionClose }
        guard let frame = try await receive("a close frame", within: limit, where: isClose) else { return 1006 }
        guard frame.payload.count >= 2 else { return 1005 }
        return UInt16(frame.payload[0]) << 8 | UInt16(frame.payload[1])
    }

    /// Stops reading from the socket, so that the server's data pile up.
    package func pauseReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

    /// Reads again after ``pauseReading()``.
    package func resumeReading() async throws { try await channel.setOption(.autoRead, value: true).get() }
}
