import Messaging
import STOMP

/// What the clients of a swarm speak.
package enum SwarmProtocol: String, Sendable, Codable, CaseIterable {
    case json, stomp
    /// JSON frames by SockJS: over its WebSocket, by streams and by polls, a third of the devices each.
    case sockjs
    /// JSON frames, by the library for Swift: see ``LibraryMember``.
    case library
}

/// One connection's words: what a client says as text, and what it is told as ``SwarmFrame``s, in JSON frames or in STOMP.
///
/// In STOMP a frame waits for its receipt under its `n`, and the inbox is listened to with cumulative acknowledgements.
struct SwarmSpeech {
    private let spoken: SwarmProtocol
    private var parser = STOMPFrameParser()
    private var version: STOMPVersion?
    /// The inbox' subscription, as an acknowledgement names it.
    private var subscription = ""

    init(_ spoken: SwarmProtocol) { self.spoken = spoken }

    var subprotocol: String { spoken != .stomp ? "switchboard.v1" : STOMPVersion.v12.subprotocol }

    /// Where it is spoken, given where an edge speaks JSON.
    func address(_ url: String) -> String {
        guard spoken == .stomp, url.hasSuffix("/ws") else { return url }
        return url.dropLast(3) + "/stomp"
    }

    // MARK: What a client says

    /// What has to be said first.
    var greeting: String? {
        spoken != .stomp ? nil : text(.connect, ["accept-version": "1.2", "host": "switchboard"])
    }

    /// What has to be said when the session has begun.
    var opening: String? {
        spoken != .stomp
            ? nil : text(.subscribe, ["id": "inbox", "destination": "/user/queue/messages", "ack": "client"])
    }

    var ping: String { spoken != .stomp ? "{\"type\":\"ping\",\"n\":0}" : "\n" }

    /// - Parameter to: `user:<id>`, `group:<id>` or `topic:<id>`.
    func send(_ n: UInt64, to: String, data: String) -> String {
        guard spoken == .stomp else { return "{\"type\":\"send\",\"n\":\(n),\"to\":\"\(to)\",\"data\":\(data)}" }
        return text(
            .send,
            [
                "destination": "/" + to.replacing(":", with: "/"), "n": "\(n)", "receipt": "\(n)",
                "content-type": "application/json",
            ], data)
    }

    func acknowledge(_ cursor: MessageID) -> String {
        spoken != .stomp
            ? "{\"type\":\"ack\",\"cursor\":\"\(cursor)\"}" : text(.ack, ["id": "\(subscription)/\(cursor)"])
    }

    func subscribe(_ n: UInt64, to topic: String, after: String) -> String {
        spoken != .stomp
            ? "{\"type\":\"subscribe\",\"n\":\(n),\"topic\":\"\(topic)\",\"after\":\"\(after)\"}"
            : text(
                .subscribe, ["id": topic, "destination": "/topic/\(topic)", "after": after, "receipt": "\(n)"])
    }

    private func text(_ command: STOMPCommand, _ headers: STOMPHeaders, _ body: String = "") -> String {
        String(decoding: STOMPFrame(command, headers, body: Array(body.utf8)).encoded(for: .v12), as: UTF8.self)
    }

    // MARK: What it is told

    /// The frames of a message.
    mutating func frames(_ bytes: [UInt8], _ names: AuditNames) -> [SwarmFrame] {
        guard spoken == .stomp else { return SwarmFrame(bytes, names).map { [$0] } ?? [] }
        parser.append(bytes.span)
        var frames: [SwarmFrame] = []
        while let frame = try? parser.next(version: version) {
            if frame.command == .connected { version = .v12 }
            frames.append(SwarmFrame(frame, names))
            if let ack = frame.headers["ack"], frame.headers["cursor"] != nil {
                subscription = String(ack.prefix { $0 != "/" })
            }
        }
        return frames
    }
}
