import Foundation
import Messaging
import Testing

@testable import SwitchboardClient

/// A state machine with a clock of its own: what it wants done is noted and nothing of it happens, unless a test says so.
struct Bench {
    var machine: ClientStateMachine
    var now = Moment(elapsed: 0, wall: 1_763_740_000_000)
    /// All that it wanted since the last look.
    var actions: [ClientAction] = []

    init(random: Double = 0.5, _ change: (inout ClientConfiguration) -> Void = { _ in }) throws {
        var configuration = ClientConfiguration(url: "ws://edge.test:9101/ws", device: "phone")
        configuration.clock.random = { random }
        change(&configuration)
        machine = ClientStateMachine(configuration, addresses: try configuration.addresses())
    }

    // MARK: What happens

    mutating func happens(_ event: (inout ClientStateMachine, Moment) -> [ClientAction]) {
        actions += event(&machine, now)
    }

    /// Time passes, and the machine is called whenever it wanted to be.
    mutating func pass(_ milliseconds: Int64) {
        let end = now.elapsed + milliseconds
        while let deadline = machine.deadline, deadline <= end {
            advance(to: max(deadline, now.elapsed))
            happens { $0.tick($1) }
        }
        advance(to: end)
    }

    private mutating func advance(to elapsed: Int64) {
        now.wall += elapsed - now.elapsed
        now.elapsed = elapsed
    }

    /// Begins, and gives the token that is asked for.
    mutating func begin() throws {
        happens { $0.begin($1) }
        try giveToken()
    }

    mutating func giveToken(lifetime: Int64 = 3_600_000) throws {
        let tickets = actions.compactMap { if case .fetchToken(let ticket) = $0 { ticket } else { nil } }
        let ticket = try #require(tickets.last)
        let token = try Self.token(expiresAt: now.wall + lifetime)
        happens { $0.tokenCame(ticket, token, $1) }
    }

    /// Begins and is welcomed.
    mutating func open(_ more: String = "") throws {
        try begin()
        try welcome(more)
    }

    /// The last connection that was opened is welcomed.
    mutating func welcome(_ more: String = "", cursor: String = "5-0") throws {
        let id = try #require(connections.last)
        frame("{\"type\":\"welcome\",\"edge\":\"edge-1\",\"cursor\":\"\(cursor)\",\"heartbeat\":25\(more)}", on: id)
    }

    mutating func frame(_ json: String, on id: Int? = nil) {
        guard let fields = FrameFields(Array(json.utf8).span), let id = id ?? machine.session else { return }
        happens { $0.received(id, fields, $1) }
    }

    mutating func message(_ cursor: Int, id: Int? = nil, conversation: String = "dm:alice:bob") {
        let id = id ?? cursor
        frame(
            "{\"type\":\"message\",\"cursor\":\"\(cursor)-0\",\"id\":\"\(id)-1\",\"conversation\":\"\(conversation)\",\"from\":\"bob\",\"at\":\(id),\"data\":\(id)}"
        )
    }

    mutating func topicMessage(_ id: Int, topic: String = "news") {
        frame(
            "{\"type\":\"message\",\"id\":\"\(id)-1\",\"conversation\":\"topic:\(topic)\",\"from\":\"bob\",\"at\":\(id),\"data\":\(id)}"
        )
    }

    mutating func ended(_ code: UInt16, on id: Int? = nil) {
        guard let id = id ?? machine.session ?? connections.last else { return }
        happens { $0.ended(id, code: code, reason: "", $1) }
    }

    /// The application takes all that was handed to it so far.
    mutating func take(_ count: Int, upTo cursor: Int?) {
        let id = cursor.flatMap { MessageID("\($0)-0") }
        happens { $0.taken(count, cursor: id, $1) }
    }

    @discardableResult
    mutating func send(_ text: String = "1", to: String = "user:bob", n: UInt64? = nil) -> Result<UInt64, ClientError> {
        let (result, actions) = machine.send(to: to, json: Array(text.utf8), n: n, now)
        self.actions += actions
        return result
    }

    /// History answers the last page that was asked for.
    mutating func page(_ ids: [Int], conversation: String = "dm:alice:bob", next: String? = nil, from: String = "bob")
        throws
    {
        let serial = try #require(fetches.last).0
        let messages = ids.map {
            "{\"id\":\"\($0)-1\",\"conversation\":\"\(conversation)\",\"from\":\"\(from)\",\"at\":\($0),\"data\":\($0)}"
        }
        let json = "{\"messages\":[\(messages.joined(separator: ","))],\"next\":\(next.map { "\"\($0)\"" } ?? "null")}"
        let page = try #require(HistoryPage(Array(json.utf8)))
        happens { $0.fetched(serial, page, status: 200, $1) }
    }

    // MARK: What came of it

    /// What it wanted, from here on anew.
    mutating func look() -> [ClientAction] {
        defer { actions = [] }
        return actions
    }

    /// The frames that were sent since the last look, on any connection.
    var sent: [String] {
        actions.compactMap { if case .send(_, let text) = $0 { String(decoding: text, as: UTF8.self) } else { nil } }
    }

    var connections: [Int] { actions.compactMap { if case .connect(let id, _, _, _) = $0 { id } else { nil } } }

    var queries: [String] {
        actions.compactMap { if case .connect(_, _, let query, _) = $0 { query.joined(separator: "&") } else { nil } }
    }

    var places: [String] {
        actions.compactMap { if case .connect(_, let address, _, _) = $0 { address.authority } else { nil } }
    }

    var fetches: [(Int, String)] {
        actions.compactMap { if case .fetch(let serial, let target) = $0 { (serial, target) } else { nil } }
    }

    var events: [ClientEvent] {
        actions.compactMap { if case .emit(let emission) = $0 { emission.event } else { nil } }
    }

    /// The milliseconds of the ids of the messages that were handed on.
    var told: [Int] {
        events.compactMap { if case .message(let message) = $0 { Int(message.id.milliseconds) } else { nil } }
    }

    var states: [ConnectionState] { actions.compactMap { if case .state(let state) = $0 { state } else { nil } } }

    var answers: [Result<Accepted, ClientError>] {
        actions.compactMap { if case .settle(_, let result) = $0 { result } else { nil } }
    }

    static func token(expiresAt: Int64) throws -> ClientToken {
        let claims = Data("{\"exp\":\(expiresAt / 1000)}".utf8).base64EncodedString()
        let text = "e30.\(claims.replacing("=", with: "")).x"
        return try #require(ClientToken(text, wall: 0))
    }
}
