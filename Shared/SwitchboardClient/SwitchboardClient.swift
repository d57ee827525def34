public import Messaging
import NIOCore
import NIOPosix
public import ServiceLifecycle

/// A device of a user, connected to Switchboard: keeps a session whatever the network does, resumes it, sends what is to be sent, once, and hands every message on
/// once and in order.
///
/// ```swift
/// let client = try SwitchboardClient(.init(url: "ws://127.0.0.1:8080/ws", device: "worker-1")) { try await freshToken() }
/// async let running: Void = client.run()
/// for await event in client.events {
///     if case .message(let message) = event { try await client.send("Thanks", to: "user:\(message.from)") }
/// }
/// ```
///
/// It is inert until ``run()``; what is sent before waits. Every queue is bounded: ``ClientConfiguration/eventCapacity``, ``ClientConfiguration/sendCapacity``.
/// The contract beneath is docs/protocol.md.
public final class SwitchboardClient: Service, Sendable {
    /// What happens, for one `for await`. Whoever does not take what comes is not sent more: take it, also where only sending is of interest.
    public let events: ClientEvents

    let driver: NIOLoopBoundBox<ClientDriver>
    private let loop: any EventLoop
    private let jobs: AsyncStream<ClientDriver.Job>
    private let view: ClientView
    let tokens: TokenSource
    let requester: HTTPRequester
    private let grace: Int64

    /// - Parameters:
    ///   - configuration: where, and as which device.
    ///   - token: gets a fresh token of the user, the JWT alone; called when one is needed and before one expires, and given 30 s. Throws ``TokenRefused`` when there is
    ///     no point in trying again.
    /// - Throws: ``ClientError`` `invalid`, naming what is wrong with the configuration.
    public init(
        _ configuration: ClientConfiguration, token: @escaping @Sendable () async throws -> String
    ) throws(ClientError) {
        let addresses = try configuration.addresses()
        let restAddress = try configuration.restAddress(addresses[0])
        let transport = try Transport(
            trustedCertificates: configuration.trustedCertificates,
            // An edge may send its clients to another one, by TLS if by TLS.
            needsTLS: addresses.contains(where: \.isSecure) || restAddress.isSecure)
        let clock = configuration.clock
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let tokens = TokenSource(token, clock: clock)
        let requester = HTTPRequester(address: restAddress, transport: transport, loop: loop)
        let buffer = EventBuffer()
        let view = ClientView()
        let (jobs, continuation) = AsyncStream<ClientDriver.Job>.makeStream(bufferingPolicy: .unbounded)
        let machine = ClientStateMachine(configuration, addresses: addresses)
        let driver = ClientDriver(
            machine, loop: loop, clock: clock, transport: transport, tokens: tokens, requester: requester,
            buffer: buffer, view: view, jobs: continuation)
        let bound = NIOLoopBoundBox.makeBoxSendingValue(driver, eventLoop: loop)
        buffer.whenTaken { loop.execute { bound.value.taken() } }
        self.driver = bound
        self.loop = loop
        self.jobs = jobs
        self.view = view
        self.tokens = tokens
        self.requester = requester
        events = ClientEvents(buffer: buffer)
        let parts = configuration.shutdownGrace.components
        grace = max(0, min(parts.seconds, 3600) * 1000 + parts.attoseconds / 1_000_000_000_000_000)
    }

    /// Where the session is.
    public var state: ConnectionState { view.state }

    /// The application has taken everything up to here: what to give as ``ClientConfiguration/Start/after(_:)`` another time. The server remembers it as well.
    public var cursor: MessageID? { view.cursor }

    /// How many messages wait to be accepted.
    public var pending: Int { view.pending }

    deinit { events.buffer.whenTaken(nil) }

    /// Starts a session and keeps one until the task is cancelled or shut down, or until the server says not to come back. To be called once.
    ///
    /// Graceful shutdown waits for the answers to what is on its way, for ``ClientConfiguration/shutdownGrace`` at most, and tells the server how far the
    /// application has come. Cancellation does not wait.
    /// - Throws: ``ClientError``: `rejected` or `tokenRefused`; `closed` when it is called again.
    public func run() async throws {
        guard view.begin() else { throw ClientError.closed }
        on { $0.begin() }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withDiscardingTaskGroup { group in
                    for await job in jobs { group.addTask { await job() } }
                    group.cancelAll()
                }
                // A cancelled task is told of no more jobs; what is left to do is short, and needs none.
                await finished()
            } onGracefulShutdown: {
                self.on { $0.leave(within: self.grace) }
            }
        } onCancel: {
            on { $0.leave(within: 0) }
        }
        if let error = view.error { throw error }
    }

    /// When everything has been ended.
    private func finished() async {
        await withCheckedContinuation { continuation in on { $0.whenFinished { continuation.resume() } } }
    }

    /// Has the driver do something, in the order of the calls of one thread.
    private func on(_ action: @escaping @Sendable (ClientDriver) -> Void) {
        loop.execute { [driver] in action(driver.value) }
    }
}

// Sending
extension SwitchboardClient {
    /// Sends a message, now or as soon as there is a session, and waits until it is in the log.
    /// - Parameters:
    ///   - value: goes out as JSON.
    ///   - to: `user:<id>`, `group:<id>`, `topic:<id>` or `all`.
    /// - Throws: ``ClientError``: `refused` with the server's code, `invalid`, `queueFull` when ``ClientConfiguration/sendCapacity`` wait already, `closed`.
    ///   `EncodingError`. `CancellationError` when the task is cancelled, which ends the waiting and not the message.
    @discardableResult
    public func send(
        _ value: some Encodable, to: String, attachments: [MessageAttachment] = []
    ) async throws -> Accepted {
        let files = attachments.isEmpty ? [] : try Self.json(attachments)
        return try await post(json: Self.json(value), to: to, attachmentsJSON: files).accepted
    }

    /// Sends one JSON value as it is, and waits until it is in the log.
    /// - Parameter n: the device's own number of it, above all before; for who keeps numbers over a restart. A repeat is accepted once.
    @discardableResult
    public func send(json: [UInt8], to: String, n: UInt64? = nil) async throws -> Accepted {
        try await post(json: json, to: to, n: n).accepted
    }

    /// Puts a message on its way without waiting: those of one task go out in the order of the calls.
    public func post(_ value: some Encodable, to: String) throws -> Sending { post(json: try Self.json(value), to: to) }

    /// Puts one JSON value on its way without waiting: those of one task go out in the order of the calls.
    public func post(json: [UInt8], to: String, attachmentsJSON: [UInt8] = [], n: UInt64? = nil) -> Sending {
        let sending = Sending()
        on { $0.send(to: to, json: json, attachments: attachmentsJSON, n: n, sending) }
        return sending
    }

    /// Has a message say something else, and waits until the wish is in the log. It is done when ``ClientEvent/changed(_:)`` comes.
    @discardableResult
    public func edit(_ id: MessageID, in conversation: String, to value: some Encodable) async throws -> Accepted {
        try await change(id, conversation, Self.json(value))
    }

    /// Has a message be no more, and waits until the wish is in the log. It is done when ``ClientEvent/changed(_:)`` comes.
    @discardableResult
    public func delete(_ id: MessageID, in conversation: String) async throws -> Accepted {
        try await change(id, conversation, nil)
    }

    private func change(_ id: MessageID, _ conversation: String, _ json: [UInt8]?) async throws -> Accepted {
        let sending = Sending()
        on { $0.change(id, in: conversation, to: json, sending) }
        return try await sending.accepted
    }

    /// Tells who is there now something that is not kept: typing and the like. Without a session it is dropped.
    /// - Throws: ``ClientError`` `invalid`, `EncodingError`.
    public func signal(_ value: some Encodable, to: String) throws {
        guard Destination(to) != nil else {
            throw ClientError(.invalid, "\"\(to.prefix(160))\" is nobody: give \(Destination.rule)")
        }
        let json = try Self.json(value)
        on { $0.signal(to: to, json: json) }
    }

    /// This user has read a conversation up to a message. It is told soon, or when there is a session again; a later mark of the conversation covers it.
    /// - Throws: ``ClientError`` `invalid`.
    public func markRead(_ conversation: String, upTo id: MessageID) throws(ClientError) {
        guard Conversation(conversation) != nil else { throw ClientStateMachine.noConversation(conversation) }
        on { $0.markRead(conversation, id) }
    }
}

// Topics and presence
extension SwitchboardClient {
    /// Hears a topic until ``unsubscribe(_:)``, over every reconnect: each message once, in order. ``ClientEvent/subscribed(topic:after:)`` or
    /// ``ClientEvent/topicRefused(topic:_:)`` follows.
    ///
    /// `all` is heard by everybody; subscribing to it resumes it as well. A topic that is heard is begun anew by another place.
    /// - Throws: ``ClientError`` `invalid` when it is no id.
    public func subscribe(_ topic: String, from start: TopicStart = .now) throws(ClientError) {
        guard Identifier.isValid(topic) else {
            throw ClientError(.invalid, "\"\(topic.prefix(140))\" is no topic: \(Identifier.rule)")
        }
        on { $0.subscribe(topic, from: start) }
    }

    /// Hears a topic no more.
    public func unsubscribe(_ topic: String) { on { $0.unsubscribe(topic) } }

    /// Tells the presence of users, now and whenever it changes, until ``unwatch(_:)``, over every reconnect. ``ClientEvent/watchRefused(users:_:)`` follows for those
    /// who may not be watched, or when more than 1,000 would be.
    /// - Throws: ``ClientError`` `invalid` when one is no id.
    public func watch(_ users: [String]) throws(ClientError) {
        if let wrong = users.first(where: { !Identifier.isValid($0) }) {
            throw ClientError(.invalid, "\"\(wrong.prefix(140))\" is no user's id: \(Identifier.rule)")
        }
        on { $0.watch(users) }
    }

    /// Tells it no more.
    public func unwatch(_ users: [String]) { on { $0.unwatch(users) } }
}
