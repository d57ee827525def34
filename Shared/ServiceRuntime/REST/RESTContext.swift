public import Hummingbird
public import NIOCore

/// What travels along with a request: who makes it, and its id.
public struct RESTContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// Who makes the request; nil when it bears no token.
    public var caller: Caller?
    /// The `X-Request-Id` of the request, or one made for it.
    public var requestID = ""
    /// The connection that the request came over: for answers that take long, to notice that nobody waits for them any more.
    public let channel: any Channel

    /// The greatest body read, 1 MiB, unless a service takes more of some requests.
    public static let maximumBodySize = 1 << 20

    public init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    public var maxUploadSize: Int { Self.maximumBodySize }

    /// Who makes the request.
    ///
    /// - Throws: ``Problem`` 401 when it bears no token.
    public func requireCaller() throws(Problem) -> Caller {
        guard let caller else {
            throw .unauthorized("this needs a token: send it as \"Authorization: Bearer <token>\"")
        }
        return caller
    }

    /// Who makes the request, if the token grants `scope`.
    ///
    /// - Throws: ``Problem`` 401 without a token, 403 when it does not grant `scope`.
    public func requireCaller(scope: String) throws(Problem) -> Caller {
        let caller = try requireCaller()
        guard caller.has(scope) else { throw .forbidden("this needs a token with the scope \(scope)") }
        return caller
    }
}
