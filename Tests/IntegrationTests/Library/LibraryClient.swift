import Messaging
import SwitchboardClient
import Synchronization
import TestStack

/// A client of the Swift library in a test: runs it, notes all that it is told, and can be made to take nothing for a while.
final class LibraryClient: Sendable {
    private struct Noted {
        var messages: [Message] = []
        var events: [ClientEvent] = []
        var isHeld = false
    }

    /// For an edge: more than a test sends, so that it is over sooner.
    static let fast = ["RATE": "10000", "BURST": "20000"]

    let client: SwitchboardClient
    private let noted = Mutex(Noted())

    private init(_ client: SwitchboardClient) { self.client = client }

    /// Runs a client for as long as `body` takes.
    static func with(
        _ user: String, of stack: Stack, scopes: [String] = [], lifetime: Duration = .seconds(3600),
        _ change: (inout ClientConfiguration) -> Void = { _ in }, _ body: (LibraryClient) async throws -> Void
    ) async throws {
        var configuration = ClientConfiguration(url: stack.edgeURLs[0], device: "\(user)-library")
        configuration.restURL = stack.history.url
        change(&configuration)
        let client = try SwitchboardClient(configuration) {
            try stack.token(user, scopes: scopes, lifetime: lifetime)
        }
        let noting = LibraryClient(client)
        try await withThrowingTaskGroup { group in
            group.addTask { try await client.run() }
            group.addTask { await noting.listen() }
            do {
                try await body(noting)
            } catch {
                group.cancelAll()
                throw TestStackError(
                    .connection,
                    "\(user): \(error)\nit is \(client.state), pending \(client.pending); the last events:\n\(noting.tail)"
                )
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private func listen() async {
        for await event in client.events {
            noted.withLock { noted in
                if case .message(let message) = event { noted.messages.append(message) }
                noted.events.append(event)
            }
            try? await eventually("it goes on", within: .seconds(600)) { !noted.withLock { $0.isHeld } }
        }
    }

    /// Takes nothing more, or goes on.
    func hold(_ isHeld: Bool) { noted.withLock { $0.isHeld = isHeld } }

    /// The numbers that the messages say, in the order of their coming.
    var numbers: [Int] { messages.compactMap { try? $0.decode(Int.self) } }

    var messages: [Message] { noted.withLock { $0.messages } }

    var events: [ClientEvent] { noted.withLock { $0.events } }

    private var tail: String { events.suffix(8).map { "\($0)".prefix(300) }.joined(separator: "\n") }

    /// Waits for an event that came or comes.
    @discardableResult
    func event<Value>(_ what: String, _ pick: (ClientEvent) -> Value?) async throws -> Value {
        try await eventually(what, within: .seconds(60)) { events.lazy.compactMap(pick).first }
    }

    /// Waits until there is a session, on this edge if one is given.
    func isOpen(on edge: String? = nil) async throws {
        try await eventually("a session on \(edge ?? "any edge")", within: .seconds(90)) {
            guard case .open(let name) = client.state else { return false }
            return edge.map { $0 == name } ?? true
        }
    }

    /// Waits until there have been messages that say 0 to `count` - 1.
    func all(_ count: Int) async throws {
        do {
            try await eventually("\(count) messages", within: .seconds(180)) { messages.count >= count }
        } catch {
            let missing = Set(0..<count).subtracting(numbers)
            throw TestStackError(
                .timedOut, "\(messages.count) of \(count) messages came; missing: \(missing.sorted().prefix(20))")
        }
    }

    /// Sends the numbers of a range one after the other without waiting between, and then for all answers.
    func send(_ range: Range<Int>, to: String, window: Int = 200) async throws {
        var waiting: [Sending] = []
        for number in range {
            waiting.append(try client.post(number, to: to))
            if waiting.count >= window { _ = try await waiting.removeFirst().accepted }
        }
        for sending in waiting { _ = try await sending.accepted }
    }
}
