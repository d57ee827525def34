import NIOCore
import NIOPosix

/// A TCP relay to a port of the loopback address that can behave like a bad network: silent, slow, or resetting everything.
///
/// It stands between one service and a store: the service is given ``port`` instead of the store's.
package final class LinkProxy: Sendable {
    /// The links that are open, and what they are to do. Confined to one event loop.
    private final class Table {
        var mode = LinkMode.pass
        var links: [ObjectIdentifier: Link] = [:]

        func add(_ channel: any Channel, serverPort: Int) throws {
            let link = Link(channel, serverPort: serverPort, mode: mode)
            let id = ObjectIdentifier(link)
            links[id] = link
            link.onEnd = { [unowned self] in links[id] = nil }
            try channel.pipeline.syncOperations.addHandler(LinkHandler(link, .client))
        }
    }

    /// Where to connect to.
    package let port: Int
    private let loop: any EventLoop
    private let listener: any Channel
    private let table: NIOLoopBound<Table>

    private init(loop: any EventLoop, listener: any Channel, table: NIOLoopBound<Table>) {
        self.loop = loop
        self.listener = listener
        self.table = table
        port = listener.localAddress?.port ?? 0
    }

    /// Starts a relay to `serverPort`; it listens on a free port and lets everything pass.
    package static func start(to serverPort: Int) async throws -> LinkProxy {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let table = try await loop.submit { NIOLoopBound(Table(), eventLoop: loop) }.get()
        let listener = try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try table.value.add(channel, serverPort: serverPort) }
            }
            .bind(host: "127.0.0.1", port: FreePort.next()).get()
        return LinkProxy(loop: loop, listener: listener, table: table)
    }

    /// Goes on in another mode, with the connections that are open and with new ones.
    package func set(_ mode: LinkMode) async throws {
        try await loop.submit { [table] in
            table.value.mode = mode
            for link in table.value.links.values { link.set(mode) }
        }.get()
    }

    /// Ends every open connection with a TCP reset, on both sides. New ones are treated as before.
    package func reset() async throws {
        try await loop.submit { [table] in
            for link in table.value.links.values { link.reset() }
        }.get()
    }

    /// How many connections are open.
    package var connections: Int {
        get async throws { try await loop.submit { [table] in table.value.links.count }.get() }
    }

    /// Stops listening and ends every connection.
    package func stop() async throws {
        try await listener.close()
        try await reset()
    }
}
