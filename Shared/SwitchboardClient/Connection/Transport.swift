import NIOCore
import NIOPosix
import NIOSSL

/// How connections are made: TCP, with TLS around it where the address wants it.
struct Transport: Sendable {
    /// How long a connection may take to be made.
    static let limit = TimeAmount.seconds(10)

    private let tls: NIOSSLContext?

    /// - Parameters:
    ///   - trustedCertificates: a file of certificates (PEM) to trust instead of the system's.
    ///   - needsTLS: whether any address wants it.
    /// - Throws: ``ClientError`` `invalid` when the file cannot be read.
    init(trustedCertificates: String?, needsTLS: Bool) throws(ClientError) {
        guard needsTLS || trustedCertificates != nil else {
            tls = nil
            return
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let trustedCertificates { configuration.trustRoots = .file(trustedCertificates) }
        do {
            tls = try NIOSSLContext(configuration: configuration)
        } catch {
            throw ClientError(
                .invalid,
                "trustedCertificates \"\(trustedCertificates ?? "")\" cannot be read: give a file of certificates in PEM (\(error))"
            )
        }
    }

    /// Connects, and adds what `configure` adds behind TLS.
    func connect(
        to address: ServerAddress, on loop: any EventLoop, configure: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let tls = tls
        return ClientBootstrap(group: loop).connectTimeout(Self.limit)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            // What was read already when reading is to stop is little: it is taken in all the same.
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16_384))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if address.isSecure {
                        guard let tls else { throw ChannelError.operationUnsupported }
                        try channel.pipeline.syncOperations.addHandler(Self.handler(tls, address.host))
                    }
                    try configure(channel)
                }
            }
            .connect(host: address.host, port: address.port)
    }

    /// A server is known by its name; one that is addressed by a number says none (RFC 6066, section 3).
    private static func handler(_ tls: NIOSSLContext, _ host: String) throws -> NIOSSLClientHandler {
        let isNumber = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: tls, serverHostname: isNumber ? nil : host)
    }
}
