import Foundation
import Messaging

@testable import TestStack

/// Clients that do what a test tells them, one thing after the other, and a record of it as the auditor's swarm would write it.
///
/// User 0 sends; users 1 to `crowd` are in the one group with it; the user after them is a stranger. Each has one device.
final class Script {
    let stack: Stack
    let crowd: Int
    private let names: AuditNames
    private let plan: AuditPlan
    private var events: [RecordEvent] = []
    private var counters: [Int: UInt64] = [:]
    private var sessions: [Int: UInt32] = [:]

    init(_ stack: Stack, crowd: Int) {
        self.stack = stack
        self.crowd = crowd
        plan = AuditPlan { plan in
            plan.clients = crowd + 2
            plan.devices = 1
            plan.groups = 1
        }
        names = AuditNames(plan)
    }

    var stranger: Int { crowd + 1 }
    private var group: String { names.group(0) }

    func name(_ user: Int) -> String { names.user(user) }

    // MARK: The group

    /// User 0 makes the group, with the crowd, and with the stranger if asked.
    func makeGroup(withStranger: Bool = false) async throws {
        let members = withStranger ? 0...stranger : 0...crowd
        let users = members.map { "\"\(names.user($0))\"" }.joined(separator: ",")
        let answer = try await stack.call(
            "PUT", stack.router, "/v1/groups/\(group)", as: names.user(0),
            body: "{\"name\":\"crowd\",\"members\":[\(users)]}")
        let id = try version(answer)
        for user in members { record(.joined, user, id) }
    }

    /// The stranger joins, by an entry like the one that message-router appends for REST; nobody has to be there to route it.
    func strangerJoins() async throws {
        let change = MembershipChange(operation: .add, members: [names.user(stranger)])
        let data = String(decoding: try JSONEncoder().encode(change), as: UTF8.self)
        let id = try await stack.redis.cli(
            "XADD", "sb:{p:0}:log", "*", "type", "member", "conversation", "group:\(group)", "from", names.user(0),
            "device", "", "n", "0", "data", data)
        guard let id = MessageID(id) else { throw TestStackError(.process, "XADD: \(id)") }
        record(.joined, stranger, id)
    }

    /// The stranger leaves, over REST; returns when that has been applied.
    func strangerLeaves(over router: ServiceProcess) async throws {
        let url = "/v1/groups/\(group)"
        let answer = try await stack.call("DELETE", router, "\(url)/members/\(names.user(stranger))", as: names.user(0))
        // 202 when it is not applied at once: the router may still be waiting for the lease.
        guard answer.status == 204 || answer.status == 202 else {
            throw TestStackError(.process, "\(answer.status) \(answer.text)")
        }
        let gone = try await eventually("the stranger has left", within: .seconds(30)) {
            let answer = try await stack.call("GET", router, url, as: names.user(0))
            let members = try answer.json()["members"]?.array?.compactMap(\.string) ?? []
            return members.contains(names.user(stranger)) ? nil : answer
        }
        record(.left, stranger, try version(gone))
    }

    private func version(_ answer: HTTPClient.Answer) throws -> MessageID {
        guard (200..<300).contains(answer.status), let id = try answer.json()["version"]?.string,
            let version = MessageID(id)
        else { throw TestStackError(.process, "\(answer.status) \(answer.text)") }
        return version
    }

    private func record(_ kind: RecordEvent.Kind, _ user: Int, _ id: MessageID) {
        var event = RecordEvent(kind)
        event.conversation = .group(0)
        event.sender = UInt32(user)
        (event.id, event.cursor) = (id, id)
        append(event)
    }

    // MARK: Messages

    func connect(_ user: Int, edge: Int = 0, cursor: String? = nil) async throws -> SessionClient {
        try await stack.connect(names.user(user), device: names.device(user), edge: edge, cursor: cursor)
    }

    /// Has user 0 send messages to the group, or to one user; returns the id of the last one, when that has been accepted.
    @discardableResult
    func send(_ count: Int = 1, from session: SessionClient, to user: Int? = nil) async throws -> String {
        let conversation = user.map { ConversationKey.direct(0, $0) } ?? .group(0)
        let destination = user.map { "user:\(names.user($0))" } ?? "group:\(group)"
        for _ in 0..<count {
            let n = counters[0, default: 0] + 1
            counters[0] = n
            let data = SwarmBody.text(time: 0, sender: 0, n: n, size: plan.bodySize)
            var event = RecordEvent(.sent, device: 0)
            event.conversation = conversation
            event.n = UInt32(n)
            event.hash = AuditNames.hash(data.utf8)
            append(event)
            try await session.socket.send(
                "{\"type\":\"send\",\"n\":\(n),\"to\":\"\(destination)\",\"data\":\(data)}")
        }
        let last = Int(counters[0, default: 0])
        let accepted = try await session.frame("the last one accepted", within: .seconds(30)) {
            $0.type == "accepted" && $0.n == last
        }
        return accepted.id ?? ""
    }

    /// Waits until a message has come.
    func arrives(_ id: String, at session: SessionClient) async throws {
        _ = try await session.frame("the message \(id)", within: .seconds(20)) { $0.type == "message" && $0.id == id }
    }

    /// Writes down all that a session was told.
    func record(_ session: SessionClient, of user: Int, named cursor: String? = nil) throws {
        sessions[user, default: 0] += 1
        for received in session.socket.received {
            guard let frame = SwarmFrame(received.payload, names) else { continue }
            var event = RecordEvent(.delivered, device: user)
            event.session = sessions[user, default: 0]
            event.id = frame.id ?? .zero
            event.cursor = frame.cursor ?? .zero
            event.conversation = frame.conversation
            switch frame.kind {
            case .welcome:
                event.kind = .connected
                if let named = cursor.flatMap({ MessageID($0) }) {
                    event.id = named
                    event.flags = .named
                }
            case .accepted:
                event.kind = .accepted
                event.n = UInt32(frame.n ?? 0)
            case .message:
                event.sender = UInt32(clamping: frame.body.sender)
                event.n = UInt32(clamping: frame.body.n)
                event.hash = frame.body.hash
                event.setSender(frame.from, names)
            default: continue
            }
            append(event)
        }
    }

    private func append(_ event: RecordEvent) {
        var event = event
        event.time = UInt64(events.count)
        events.append(event)
    }

    // MARK: The judgement

    /// What the auditor says of it.
    func judge() throws -> AuditResult {
        let folder = URL(filePath: try TemporaryFolders.make("script"))
        try RecordFolder(folder).begin(plan)
        let writer = try RecordWriter(folder.appending(path: "events-0.record"))
        for event in events { writer.append(event) }
        writer.close()
        return try AuditJudge.judge(folder)
    }
}
