import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Tells browsers that pages of some other origins may ask and read the answers, errors too.
struct CrossOriginMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    let policy: CrossOriginPolicy

    private static let preflight: HTTPFields = [
        .accessControlAllowMethods: "GET, HEAD, POST, PUT, PATCH, DELETE",
        .accessControlAllowHeaders: "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id",
        .accessControlMaxAge: "600",
    ]
    private static let exposed =
        "ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Request-Id"

    func handle(
        _ request: Request, context: RESTContext, next: @concurrent (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        guard !policy.isEmpty else { return try await next(request, context) }
        let allowed = request.headers[.origin].flatMap(policy.headers)
        // A question of the browser, before the page's own request.
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil, let allowed {
            var headers = Self.preflight
            headers.append(contentsOf: allowed)
            headers[.vary] = "Origin"
            return Response(status: .noContent, headers: headers)
        }
        var response = try await next(request, context)
        // Also where nothing is allowed: a cache must not hand this answer to a page that is.
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        if let allowed {
            response.headers.append(contentsOf: allowed)
            response.headers[.accessControlExposeHeaders] = Self.exposed
        }
        return response
    }
}
