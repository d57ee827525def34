import Logging
import Messaging
import ServiceLifecycle
import SwitchboardClient
import TestStack
import Testing

extension IntegrationTests {
    /// The Swift library against real services, when nothing goes wrong.
    @Suite(.serialized, .stack { $0.environments["ws-edge"] = LibraryClient.fast })
    struct Library {
        @Test func aThousandMessagesComeOnceAndInOrderFromEdgeToEdge() async throws {
            let stack = try theStack()
            let (a, b) = (fresh("a"), fresh("b"))
            try await LibraryClient.with(a, of: stack) { alice in
                try await LibraryClient.with(b, of: stack, { $0.urls = [stack.edgeURLs[1]] }) { bob in
                    try await bob.isOpen(on: "edge-2")
                    try await alice.send(0..<1_000, to: "user:\(b)")
                    try await bob.all(1_000)
                    #expect(bob.numbers == Array(0..<1_000))
                    #expect(bob.messages.allSatisfy { $0.from == a })
                    try await eventually("everything is acknowledged") {
                        bob.client.cursor == bob.messages.last?.cursor
                    }
                }
            }
        }

        @Test func anApplicationThatTakesItsTimeGetsEverythingOnceAndMaySendMeanwhile() async throws {
            let stack = try theStack()
            let (a, b) = (fresh("a"), fresh("b"))
            try await LibraryClient.with(a, of: stack) { alice in
                try await LibraryClient.with(b, of: stack, { $0.eventCapacity = 16 }) { bob in
                    try await bob.isOpen()
                    bob.hold(true)
                    try await alice.send(0..<900, to: "user:\(b)")
                    // Its buffer is full, and its answer is behind all of that.
                    try await bob.client.send(1, to: "user:\(a)")
                    #expect(bob.messages.count <= 1)
                    bob.hold(false)
                    try await bob.all(900)
                    #expect(bob.numbers == Array(0..<900))
                }
            }
        }

        @Test func topicsEditsSignalsMarksAndPresenceComeAcross() async throws {
            let stack = try theStack()
            let (a, b, topic) = (fresh("a"), fresh("b"), fresh("news"))
            try await LibraryClient.with(a, of: stack) { alice in
                let said = try await alice.client.send("first", to: "user:\(b)")
                try await LibraryClient.with(b, of: stack, { $0.start = .beginning }) { bob in
                    let message = try await bob.event("the first message") {
                        if case .message(let message) = $0 { message } else { nil }
                    }
                    #expect(try message.decode(String.self) == "first")
                    #expect(message.id == said.id && message.conversation == said.conversation)

                    try bob.client.subscribe(topic)
                    try await bob.event("subscribed") { if case .subscribed(topic, _) = $0 { true } else { nil } }
                    try await alice.client.send(["text": "news"], to: "topic:\(topic)")
                    let news = try await bob.event("the news") { event -> Message? in
                        if case .message(let message) = event, message.conversation == "topic:\(topic)" {
                            message
                        } else {
                            nil
                        }
                    }
                    #expect(try news.decode([String: String].self) == ["text": "news"])

                    try bob.client.watch([a])
                    let presence = try await bob.event("presence") {
                        if case .presence(let presence) = $0 { presence } else { nil }
                    }
                    #expect(presence.user == a && presence.isOnline)

                    try bob.client.markRead(said.conversation, upTo: said.id)
                    try await alice.event("the mark") {
                        if case .read(said.conversation, b, said.id) = $0 { true } else { nil }
                    }
                    try bob.client.signal(["typing": true], to: "user:\(a)")
                    let signal = try await alice.event("the signal") {
                        if case .signal(let signal) = $0 { signal } else { nil }
                    }
                    #expect(try signal.decode([String: Bool].self) == ["typing": true])

                    let edit = try await alice.client.edit(said.id, in: said.conversation, to: "second")
                    let changed = try await bob.event("the edit") {
                        if case .changed(let changed) = $0 { changed } else { nil }
                    }
                    #expect(changed.change == edit.id)
                    #expect(try changed.decode(String.self) == "second")
                    let page = try await bob.client.messages(in: said.conversation)
                    #expect(try page.messages.map { try $0.decode(String.self) } == ["second"])
                    #expect(page.messages.first?.edited != nil)
                    try await alice.client.delete(said.id, in: said.conversation)
                    try await bob.event("the deletion") {
                        if case .changed(let changed) = $0, changed.json == nil { true } else { nil }
                    }
                }
            }
        }

        @Test func whatIsRefusedThrowsTheServersCode() async throws {
            let stack = try theStack()
            try await LibraryClient.with(fresh("a"), of: stack) { alice in
                for (to, code) in [("group:nowhere", ErrorCode.notFound), ("all", .forbidden)] {
                    let error = await #expect(throws: ClientError.self) { try await alice.client.send(1, to: to) }
                    #expect(error?.code == .refused(code))
                }
                let error = await #expect(throws: ClientError.self) {
                    try await alice.client.messages(in: "group:nowhere")
                }
                guard case .refused = error?.code else {
                    throw TestStackError(.connection, "\(String(describing: error))")
                }
            }
        }

        @Test func aTokenIsRenewedBeforeItExpiresAndTheSessionGoesOn() async throws {
            let stack = try theStack()
            let (a, b) = (fresh("a"), fresh("b"))
            try await LibraryClient.with(a, of: stack, lifetime: .seconds(16)) { alice in
                try await alice.isOpen()
                let sessions = { alice.events.count { if case .state(.open) = $0 { true } else { false } } }
                let end = ContinuousClock.now + .seconds(20)
                var number = 0
                try await eventually("20 s are over", within: .seconds(60)) {
                    try await alice.client.send(number, to: "user:\(b)")
                    number += 1
                    return ContinuousClock.now > end
                }
                #expect(sessions() == 1, "the session was lost when its first token expired")
            }
        }

        @Test func whoIsNotWantedAnyMoreIsTold() async throws {
            let stack = try theStack()
            let a = fresh("a")
            let token = try stack.token(a)
            let configuration = ClientConfiguration(url: stack.edgeURLs[0], device: "phone")
            let client = try SwitchboardClient(configuration) { token }
            let running = Task { try await client.run() }
            try await eventually("a session", within: .seconds(60)) {
                if case .open = client.state { true } else { false }
            }
            let answer = try await stack.call(
                "DELETE", stack.router, "/v1/users/\(a)/sessions", as: "root", scopes: ["admin"])
            #expect((200..<300).contains(answer.status))
            let error = await #expect(throws: ClientError.self) { try await running.value }
            #expect(error?.code == .rejected(code: 4502))
            for await _ in client.events {}
            await #expect(throws: ClientError.self) { try await client.send(1, to: "user:\(a)") }
        }

        @Test func gracefulShutdownWaitsForWhatIsOnItsWayAndEndsInOrder() async throws {
            let stack = try theStack()
            let (a, b) = (fresh("a"), fresh("b"))
            let client = try SwitchboardClient(.init(url: stack.edgeURLs[0], device: "phone")) { try stack.token(a) }
            let group = ServiceGroup(
                configuration: .init(
                    services: [.init(service: client)], logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() }))
            async let running: Void = group.run()
            try await eventually("a session", within: .seconds(60)) {
                if case .open = client.state { true } else { false }
            }
            let sending = try client.post(7, to: "user:\(b)")
            await group.triggerGracefulShutdown()
            try await running
            let accepted = try await sending.accepted
            #expect(accepted.conversation.contains(b))
            #expect(client.state == .stopped(nil))
        }
    }
}
