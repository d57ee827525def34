import Foundation
import NIOWebSocket
import Synchronization

/// One session of one device, as a client sees it: sends numbered frames, reads the server's.
///
/// It shows every frame and mends nothing, so that a test sees what a server does; `SwitchboardClient` is for applications, which are to see none of that.
package final class SessionClient: Sendable {
    package let user: String
    package let device: String
    package let socket: WebSocketClient
    /// The first frame of the session.
    package let welcome: ServerMessage
    private let counter: Atomic<Int>

    init(user: String, device: String, socket: WebSocketClient, welcome: ServerMessage, firstN: Int) {
        self.user = user
        self.device = device
        self.socket = socket
        self.welcome = welcome
        counter = Atomic(firstN)
    }

    // Sending

    /// Sends any frame.
    package func send(_ frame: JSONValue) async throws {
        try await socket.send(String(decoding: try JSONEncoder().encode(frame), as: UTF8.self))
    }

    /// Sends a message without waiting for the answer.
    /// - Parameter n: the counter; the next one when nil.
    /// - Returns: the counter.
    @discardableResult
    package func post(_ to: String, _ data: JSONValue, n: Int? = nil) async throws -> Int {
        let n = n ?? counter.add(1, ordering: .relaxed).newValue
        try await send(["type": "send", "n": .number(Double(n)), "to": .string(to), "data": data])
        return n
    }

    /// Sends a message and waits until it has been accepted.
    /// - Returns: the `accepted` frame.
    @discardableResult
    package func send(_ to: String, _ data: JSONValue, n: Int? = nil) async throws -> ServerMessage {
        let n = try await post(to, data, n: n)
        let answer = try await frame("an answer to n \(n)") {
            $0.n == n && ($0.type == "accepted" || $0.type == "error")
        }
        guard answer.type == "accepted" else {
            throw TestStackError(.connection, "n \(n) to \(to): \(answer.code ?? "") \(answer.message ?? "")")
        }
        return answer
    }

    /// Acknowledges everything up to a cursor.
    package func acknowledge(_ cursor: String) async throws {
        try await send(["type": "ack", "cursor": .string(cursor)])
    }

    /// A round trip: when it returns, the edge has taken in what was sent before.
    package func ping() async throws {
        let n = counter.add(1, ordering: .relaxed).newValue
        try await send(["type": "ping", "n": .number(Double(n))])
        _ = try await frame("pong \(n)") { $0.type == "pong" && $0.n == n }
    }

    // Receiving

    /// The first frame not taken yet that `accepts` likes; others stay.
    /// - Throws: ``TestStackError`` when none comes within `limit` or the connection ends, naming what did come.
    @discardableResult
    package func frame(
        _ what: String, within limit: Duration = .seconds(10),
        where accepts: @escaping @Sendable (ServerMessage) -> Bool
    ) async throws -> ServerMessage {
        do {
            let frame = try await socket.receive(what, within: limit) { frame in
                guard frame.opcode == .text, let message = Self.decode(frame) else { return false }
                return accepts(message)
            }
            guard let message = frame.flatMap(Self.decode) else {
                throw TestStackError(.connection, "\(user)/\(device) waited for \(what): the connection ended")
            }
            return message
        } catch let error as TestStackError {
            let last = socket.received.suffix(10).map { $0.text.prefix(300) }.joined(separator: "\n")
            throw TestStackError(error.code, "\(user)/\(device): \(error)\nthe last frames it got:\n\(last)")
        }
    }

    /// The first frame of a type.
    @discardableResult
    package func frame(type: String, within limit: Duration = .seconds(10)) async throws -> ServerMessage {
        try await frame("a frame of type \(type)", within: limit) { $0.type == type }
    }

    /// The first message with this text as its body.
    @discardableResult
    package func message(_ text: String, within limit: Duration = .seconds(10)) async throws -> ServerMessage {
        try await frame("the message \(text.prefix(60))", within: limit) { $0.type == "message" && $0.text == text }
    }

    /// All messages so far, in the order of their coming.
    package var messages: [ServerMessage] { frames.filter { $0.type == "message" } }

    /// All frames so far, in the order of their coming.
    package var frames: [ServerMessage] { socket.received.compactMap(Self.decode) }

    /// Waits until so many messages have come in all, and returns them.
    @discardableResult
    package func messages(atLeast count: Int, within limit: Duration = .seconds(20)) async throws -> [ServerMessage] {
        do {
            return try await eventually("\(count) messages for \(user)/\(device)", within: limit) {
                let messages = self.messages
                return messages.count >= count ? messages : nil
            }
        } catch let error as TestStackError {
            throw TestStackError(error.code, "\(error): there are \(messages.count)")
        }
    }

    /// The cursor of the last message that came, or that of the welcome.
    package var cursor: String { messages.last { $0.cursor != nil }?.cursor ?? welcome.cursor ?? "0-0" }

    /// Closes in an orderly way and waits for that.
    package func close() async throws { try await socket.close() }

    static func decode(_ frame: WebSocketClient.Frame) -> ServerMessage? {
        try? JSONDecoder().decode(ServerMessage.self, from: Data(frame.payload))
    }
}
