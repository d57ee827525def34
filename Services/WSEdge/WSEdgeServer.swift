import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import ServiceRuntime

/// Listens, and says how connections come to be.
///
/// The flow: bytes → ``WebSocketConnection`` (frames) → ``JSONPeer`` (the contract's JSON) → ``Session`` (who, what, limits) → ``RedisOutbox``
/// (all commands of one loop turn as one unit) → Redis. Back: the router's batches, for this edge and for all, come over a `StreamTail`, are decoded once by ``EdgeLoops``,
/// handed to each ``EdgeLoop`` that has somebody to be told, in one hop, found in its ``SessionTable``, put through each session's ``SessionStateMachine`` (send, or read the
/// inbox), gathered per connection and flushed once a turn. One sweep a second does what time demands. No task and no timer belongs to a connection.
struct WSEdgeServer: Service {
    let environment: EdgeEnvironment
    let loops: EdgeLoops
    let site: Site
    let drain: EdgeDrain

    func run() async throws {
        let configuration = environment.configuration
        let listener: any Channel
        do {
            listener = try await bootstrap().bind(host: configuration.host, port: configuration.port).get()
        } catch {
            throw ListeningError.explain(error, host: configuration.host, port: configuration.port)
        }
        environment.logger.info(
            "listening",
            metadata: ["host": "\(configuration.host)", "port": "\(listener.localAddress?.port ?? configuration.port)"])
        try? await gracefulShutdown()
        // The port stays open until the end: /readyz tells that the edge is going, and who asks for a session is told to come again at once,
        // which a load balancer passes on to another edge.
        await drain.run()
        try? await listener.close()
    }

    private func bootstrap() -> ServerBootstrap {
        let loops = loops
        let site = site
        return ServerBootstrap(group: loops.group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 16_384, high: 65_536))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops.state(of: channel.eventLoop) else { return }
                    try HTTPHandler.begin(channel, loop: loop, site: site)
                }
            }
    }
}
