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
    func on(_ action: @escaping @Sendable (ClientDriver) -> Void) {
        loop.execute { [driver] in action(driver.value) }
    }
}
