import STOMP
import TestStack
import Testing

/// A STOMP 1.2 session of one device with one edge. Every message of the WebSocket holds one frame here, as the edge sends them.
struct STOMPClient: Sendable {
    let socket: WebSocketClient
    let connected: STOMPFrame

    /// - Parameter user: nil connects without a token.
    static func connect(
        _ stack: Stack, _ user: String?, edge: Int, device: String = "worker", cursor: String? = nil,
        token: String? = nil
    ) async throws -> STOMPClient {
        let handshake = try await WebSocketClient.connect(
            "ws://127.0.0.1:\(stack.edges[edge].port)/stomp", subprotocols: ["v12.stomp"])
        guard case .open(let socket) = handshake else { throw TestStackError(.connection, "\(handshake)") }
        var headers: STOMPHeaders = [
            "accept-version": "1.2", "device": device,
        ]
        if let token {
            headers.append("passcode", token)
        } else if let user {
            headers.append("passcode", try stack.token(user))
        }
        if let cursor { headers.append("cursor", cursor) }
        try await socket.send(text(.connect, headers))
        let frame = try await socket.receive("CONNECTED").flatMap(read)
        return STOMPClient(socket: socket, connected: try #require(frame))
    }

    private static func text(_ command: STOMPCommand, _ headers: STOMPHeaders, _ body: String = "") -> String {
        String(decoding: STOMPFrame(command, headers, body: Array(body.utf8)).encoded(for: .v12), as: UTF8.self)
    }

    private static func read(_ frame: WebSocketClient.Frame) -> STOMPFrame? {
        var parser = STOMPFrameParser()
        parser.append(frame.payload.span)
        return try? parser.next(version: .v12)
    }

    func send(_ command: STOMPCommand, _ headers: STOMPHeaders, _ body: String = "") async throws {
        try await socket.send(Self.text(command, headers, body))
    }

    /// Waits for the receipt of a frame.
    @discardableResult
    func receipt(_ id: String) async throws -> STOMPFrame {
        try await frame("the receipt \(id)") { $0.command == .receipt && $0.headers["receipt-id"] == id }
    }

    /// Listens to the inbox.
    func listen(ack: String) async throws {
        try await send(
            .subscribe, ["id": "in", "destination": "/user/queue/messages", "ack": ack, "receipt": "in"])
        try await receipt("in")
    }

    /// The message with this text.
    func message(_ text: String, within limit: Duration = .seconds(30)) async throws -> STOMPFrame {
        try await frame("the message \(text)", within: limit) {
            $0.command == .message && String(decoding: $0.body, as: UTF8.self) == text
        }
    }

    func frame(
        _ what: String, within limit: Duration = .seconds(30), where accepts: @escaping @Sendable (STOMPFrame) -> Bool
    ) async throws -> STOMPFrame {
        let found = try await socket.receive(what, within: limit) { Self.read($0).map(accepts) ?? false }
        return try #require(found.flatMap(Self.read), "the connection ended before \(what) came")
    }

    /// The texts of all messages that have come.
    var messages: [String] {
        socket.received.compactMap(Self.read).filter { $0.command == .message }
            .map { String(decoding: $0.body, as: UTF8.self) }
    }
}
