import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging

/// Puts the caller of a request that bears a token into its context.
struct AuthenticationMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    let authenticate: @Sendable (_ token: String) async throws -> Caller
    /// What to answer for an error that is no fault of the token's.
    let problem: @Sendable (any Error) -> Problem?

    func handle(
        _ request: Request, context: RESTContext, next: @concurrent (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        guard let header = request.headers[.authorization] else { return try await next(request, context) }
        guard let token = Self.bearerToken(in: header) else {
            throw Problem.unauthorized("the header Authorization is not of the form \"Bearer <token>\"")
        }
        var context = context
        do {
            let caller = try await authenticate(token)
            context.caller = caller
            context.logger[metadataKey: "user"] = "\(caller.user)"
        } catch let problem as Problem {
            throw problem
        } catch {
            throw problem(error) ?? Problem.unauthorized("\(error)")
        }
        return try await next(request, context)
    }

    /// The token of `Bearer <token>`; the scheme is compared without regard to case (RFC 9110, section 11.1).
    static func bearerToken(in header: String) -> String? {
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
