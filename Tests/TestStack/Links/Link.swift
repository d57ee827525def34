import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One connection through a ``LinkProxy``: its two sides, and what is on its way between them. Confined to one event loop.
final class Link {
    /// The two ends of a link.
    enum Side {
        /// The one who connected.
        case client
        /// The one who is connected to.
        case server

        var other: Side { self == .client ? .server : .client }
    }

    /// One end: its channel, and what is on its way to it.
    private struct End {
        var channel: (any Channel)?
        var queue = LinkQueue()
        var wake: Scheduled<Void>?
        var lastWrite: EventLoopFuture<Void>?
    }

    private let loop: any EventLoop
    private let serverPort: Int
    private var mode: LinkMode
    private var client: End
    private var server = End()
    private var isConnecting = false
    private var isClosed = false
    /// Called when both ends are gone.
    var onEnd: (() -> Void)?

    init(_ client: any Channel, serverPort: Int, mode: LinkMode) {
        loop = client.eventLoop
        self.serverPort = serverPort
        self.mode = mode
        self.client = End(channel: client)
    }

    /// Goes on in another mode.
    func set(_ mode: LinkMode) {
        self.mode = mode
        setReading()
        if mode != .silent, server.channel == nil { connect() }
        drain(to: .server)
        drain(to: .client)
    }

    /// Connects to the server and lets things pass, unless the link is silent.
    func start() { set(mode) }

    private func connect() {
        guard !isConnecting, !isClosed else { return }
        isConnecting = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LinkHandler(bound.value, .server))
                }
            }
            .connect(host: "127.0.0.1", port: serverPort)
            .whenComplete { bound.value.connected($0) }
    }

    private func connected(_ result: Result<any Channel, any Error>) {
        switch result {
        case .success(let channel):
            guard !isClosed else { return Self.abort(channel) }
            server.channel = channel
            setReading()
            drain(to: .server)
        case .failure: reset()
        }
    }

    // What comes

    func receive(_ bytes: ByteBuffer, from side: Side) {
        self[side.other].queue.put(.bytes(bytes), now: .now(), delay: mode.delay)
        drain(to: side.other)
    }

    func ended(_ side: Side) {
        guard !isClosed else { return }
        self[side.other].queue.put(.end, now: .now(), delay: mode.delay)
        drain(to: side.other)
    }

    /// A side takes more, or no more, at once: the other is read from accordingly.
    func writabilityChanged(_ side: Side) { setReading() }

    private func setReading() {
        for side in [Side.client, .server] {
            let canRead = mode != .silent && self[side.other].channel?.isWritable == true
            try? self[side].channel?.syncOptions?.setOption(.autoRead, value: canRead)
        }
    }

    // What leaves

    private func drain(to side: Side) {
        guard mode != .silent, !isClosed, let channel = self[side].channel else { return }
        while let item = self[side].queue.take(now: .now()) {
            switch item {
            case .bytes(let bytes): self[side].lastWrite = channel.write(bytes)
            case .end: return close(side)
            }
        }
        channel.flush()
        guard let due = self[side].queue.firstDue, self[side].wake == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        self[side].wake = loop.scheduleTask(deadline: due) {
            bound.value[side].wake = nil
            bound.value.drain(to: side)
        }
    }

    /// The other side has ended: what was sent before gets out, then this side ends too.
    private func close(_ side: Side) {
        isClosed = true
        let written = self[side].lastWrite ?? loop.makeSucceededVoidFuture()
        self[side].channel?.flush()
        let bound = NIOLoopBound(self, eventLoop: loop)
        written.whenComplete { _ in
            bound.value.client.channel?.close(promise: nil)
            bound.value.server.channel?.close(promise: nil)
            bound.value.end()
        }
    }

    /// Ends both sides with a TCP reset; what was on its way is gone.
    func reset() {
        guard !isClosed else { return }
        isClosed = true
        client.channel.map(Self.abort)
        server.channel.map(Self.abort)
        end()
    }

    private func end() {
        client.wake?.cancel()
        server.wake?.cancel()
        onEnd?()
        onEnd = nil
    }

    /// Closes with RST instead of FIN: that is what a close without lingering does.
    private static func abort(_ channel: any Channel) {
        // On the channel's own loop this is done when it returns.
        (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            .whenFailure { _ in }
        channel.close(promise: nil)
    }

    private subscript(side: Side) -> End {
        get { side == .client ? client : server }
        set {
            switch side {
            case .client: client = newValue
            case .server: server = newValue
            }
        }
    }
}
