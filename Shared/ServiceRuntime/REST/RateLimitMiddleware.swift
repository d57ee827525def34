import HTTPTypes
public import Hummingbird
import Synchronization

/// Lets each user ask so many times a second, after a burst of twice as many, and says with each answer how much of that is left.
///
/// `RateLimit-Limit` is the burst, `RateLimit-Remaining` how many requests may still come at once, `RateLimit-Reset` after how many seconds it is
/// the whole burst again. What is more is answered with 429 and `Retry-After`. It counts for one instance of a service.
/// Requests without a token are not counted: they are answered with 401 before they cost anything. Nor are those with a scope that speaks for many
/// users, where a service names one.
/// Source: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-07
public struct RateLimitMiddleware: RouterMiddleware {
    public typealias Context = RESTContext

    private final class Limits: Sendable {
        let limiter: Mutex<RateLimiter>

        init(_ limiter: RateLimiter) { self.limiter = Mutex(limiter) }
    }

    private let limits: Limits
    private let burst: Int
    private let unlimited: String?
    private let costs: [String: Int]

    /// A limit of `rate` requests a second for each user.
    ///
    /// - Parameters:
    ///   - costs: Routes that count for more than one request, as `GET /v1/groups/{id}`; HEAD counts as GET.
    ///   - unlimited: A scope whose bearers are not limited, such as that of servers which send for many users.
    public init(rate: Int, costs: [String: Int] = [:], unlimited: String? = nil) {
        burst = rate * 2
        self.unlimited = unlimited
        limits = Limits(RateLimiter(rate: rate, burst: burst))
        self.costs = costs
    }

    public func handle(
        _ request: Request, context: RESTContext, next: @concurrent (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        guard let caller = context.caller, unlimited.map(caller.has) != true else {
            return try await next(request, context)
        }
        // By the route, and not by the path: that can be written in more than one way.
        let method = request.method == .head ? .get : request.method
        let cost = costs["\(method.rawValue) \(context.endpointPath ?? "")"] ?? 1
        let verdict = limits.limiter.withLock { $0.take(cost, of: caller.user, now: .now) }
        let fields: HTTPFields = [
            .rateLimitLimit: "\(burst)", .rateLimitRemaining: "\(verdict.remaining)",
            .rateLimitReset: "\(verdict.reset.wholeSeconds)",
        ]
        guard verdict.isAllowed else {
            let problem = Problem.rateLimited(
                "too many requests of this user: ask again later, and at most \(burst / 2) times a second",
                retryAfter: max(1, verdict.wait.wholeSeconds))
            throw AnnotatedError(problem, fields)
        }
        do {
            var response = try await next(request, context)
            response.headers.append(contentsOf: fields)
            return response
        } catch {
            throw AnnotatedError(error, fields)
        }
    }
}

extension HTTPField.Name {
    static let rateLimitLimit = Self("RateLimit-Limit")!
    static let rateLimitRemaining = Self("RateLimit-Remaining")!
    static let rateLimitReset = Self("RateLimit-Reset")!
}

extension Duration {
    /// Seconds, rounded up.
    fileprivate var wholeSeconds: Int {
        Int(components.seconds) + (components.attoseconds > 0 ? 1 : 0)
    }
}
