public import HTTPTypes
public import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
public import ServiceLifecycle

/// The REST API of a service: its routes, and what all services' APIs have in common.
///
/// - Errors of every kind, also 404 and 405, are answered as ``Problem``.
/// - A request with a bearer token has a caller (``RESTContext/requireCaller()``); one with a token that does not hold is answered with 401. Routes decide whether they need one.
/// - `/healthz`, `/readyz` and `/metrics` need no token.
/// - `X-Request-Id` is taken from the request or made, is in the request's log lines and in the answer.
/// - Bodies are limited to 1 MiB, where a service does not say otherwise, and the parameters of a path are percent-decoded.
/// - Pages of other origins may read the answers where a ``CrossOriginPolicy`` says so.
/// - Requests are logged at debug and measured by route (`http_requests_total`, `http_request_duration_seconds`).
/// - On graceful shutdown it takes no new connections and ends when the requests under way are answered.
public struct RESTService: Service {
    private let context: ServiceContext
    private let host: String
    private let port: Int
    private let responder: RouterResponder<RESTContext>
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// A REST API; it listens once it runs.
    ///
    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - authenticate: Who bears this token; an error it throws is answered as `problem` says, else with 401 and its description.
    ///   - problem: What to answer for an error that is no ``Problem``, such as one of Redis; nil for 500.
    ///   - bodyLimit: The greatest body of a request, by its `Content-Length`; routes have to hold what comes without one to the same.
    ///   - crossOrigin: Pages of which other origins may read the answers.
    ///   - onListening: Called with the port once connections are accepted.
    ///   - routes: Adds the service's routes.
    public init(
        context: ServiceContext, host: String, port: Int,
        authenticate: @escaping @Sendable (_ token: String) async throws -> Caller,
        problem: @escaping @Sendable (any Error) -> Problem? = { _ in nil },
        bodyLimit: @escaping @Sendable (HTTPRequest) -> Int = { _ in RESTContext.maximumBodySize },
        crossOrigin: CrossOriginPolicy = .none,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in },
        routes: (Router<RESTContext>) -> Void
    ) {
        self.context = context
        self.host = host
        self.port = port
        self.onListening = onListening
        let router = Router(context: RESTContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: CrossOriginMiddleware(policy: crossOrigin))
        router.add(
            middleware: RequestMiddleware(
                logger: context.logger, metrics: RequestMetrics(registry: context.metrics), problem: problem,
                bodyLimit: bodyLimit))
        OperationalRoutes.add(to: router, context: context)
        router.add(middleware: AuthenticationMiddleware(authenticate: authenticate, problem: problem))
        routes(router)
        MethodNotAllowed.addRoutes(to: router)
        responder = router.buildResponder()
    }

    public func run() async throws {
        var logger = context.logger
        // The server's own line about listening repeats ours.
        logger.logLevel = max(logger.logLevel, .notice)
        let application = Application(
            responder: responder,
            // Longer than a gateway keeps its idle connections, so that it is the gateway that closes them.
            server: .http1(configuration: .init(idleTimeout: .seconds(90))),
            configuration: .init(address: .hostname(host, port: port), backlog: 1024),
            onServerRunning: { [context, onListening, host] channel in
                let port = channel.localAddress?.port ?? 0
                context.logger.info("listening", metadata: ["address": "\(host):\(port)"])
                await onListening(port)
            },
            logger: logger)
        do {
            try await application.run()
        } catch {
            throw ListeningError.explain(error, host: host, port: port)
        }
    }
}
