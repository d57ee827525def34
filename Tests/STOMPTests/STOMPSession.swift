import Messaging
import STOMP

/// A session for tests, which remembers what came out.
struct STOMPSession {
    var machine: STOMPStateMachine
    var effects: [STOMPEffect] = []

    /// A session that has connected.
    init(_ version: STOMPVersion = .v12, _ configuration: STOMPConfiguration = STOMPConfiguration()) {
        self.init(unconnected: configuration)
        self(.connect, ["accept-version": version.rawValue])
        _ = machine.authenticated(user: "alice", session: "s1")
    }

    /// A session before its CONNECT.
    init(unconnected configuration: STOMPConfiguration) { machine = STOMPStateMachine(configuration) }

    /// What a frame brings about.
    @discardableResult
    mutating func callAsFunction(
        _ command: STOMPCommand, _ headers: STOMPHeaders = [:], _ body: String = ""
    ) -> [STOMPEffect] {
        effects = machine.received(STOMPFrame(command, headers, body: Array(body.utf8)))
        return effects
    }

    /// Subscribes, and answers for the edge.
    mutating func subscribe(_ id: String, to destination: String = "/user/queue/messages", ack: String = "auto") {
        for effect in self(.subscribe, ["id": id, "destination": destination, "ack": ack]) {
            switch effect {
            case .subscribeInbox(let tag), .subscribeTopic(let tag, _, _): _ = machine.completed(tag)
            default: break
            }
        }
    }

    /// Delivers an inbox message, whose id is its cursor plus 100.
    @discardableResult
    mutating func deliver(_ n: UInt64) -> STOMPDelivery {
        machine.deliver(cursor: id(n), message: id(n + 100))
    }
}

func id(_ n: UInt64) -> MessageID { MessageID(milliseconds: n, sequence: 0) }

func receipt(_ id: String) -> STOMPEffect { .reply(STOMPFrame(.receipt, ["receipt-id": id])) }

extension [STOMPEffect] {
    /// The code of the ERROR that ends the session, if that is all there is, with the close that belongs to it.
    var error: STOMPError.Code? {
        guard count == 2, case .reply(let frame) = self[0], case .close(let close) = self[1], frame.command == .error,
            let code = STOMPError.Code(rawValue: frame.headers["message"] ?? ""),
            STOMPError(code, "").closeCode == close, frame.headers["code"] == STOMPError(code, "").word,
            !frame.body.isEmpty
        else { return nil }
        return code
    }

    /// The tags of what is to be sent.
    var tags: [UInt64] {
        compactMap { if case .send(let send) = $0 { send.tag } else { nil } }
    }
}
