import HTTPTypes

extension Problem {
    /// 400: the request breaks the contract; `detail` names the field and the remedy.
    public static func badRequest(_ detail: String) -> Problem {
        Problem(.badRequest, code: "bad_request", detail: detail)
    }

    /// 401: no token, or one that does not hold.
    public static func unauthorized(_ detail: String) -> Problem {
        Problem(.unauthorized, code: "unauthorized", detail: detail)
    }

    /// 403: the caller is known and may not do this.
    public static func forbidden(_ detail: String) -> Problem {
        Problem(.forbidden, code: "forbidden", detail: detail)
    }

    /// 404: there is no such thing, or none that the caller may know of.
    public static func notFound(_ detail: String) -> Problem {
        Problem(.notFound, code: "not_found", detail: detail)
    }

    /// 413: more than the service takes.
    public static func tooLarge(_ detail: String) -> Problem {
        Problem(.contentTooLarge, code: "too_large", detail: detail)
    }

    /// 429: too much in too short a time; nothing was done.
    ///
    /// - Parameter retryAfter: In seconds.
    public static func rateLimited(_ detail: String, retryAfter: Int) -> Problem {
        Problem(.tooManyRequests, code: "rate_limited", detail: detail, retryAfter: retryAfter)
    }

    /// 503: cannot be done now; nothing was done.
    ///
    /// - Parameter retryAfter: In seconds.
    public static func busy(_ detail: String, retryAfter: Int = 1) -> Problem {
        Problem(.serviceUnavailable, code: "busy", detail: detail, retryAfter: retryAfter)
    }

    /// 500: the service's own fault; what it was is in its log under the request's id, not in the answer.
    public static let internalError = Problem(
        .internalServerError, code: "internal",
        detail: "something went wrong in the service: its log tells what, under this answer's X-Request-Id")

    /// The contract's code for a status.
    static func code(for status: HTTPResponse.Status) -> String {
        switch status.code {
        case 401: "unauthorized"
        case 403: "forbidden"
        case 404: "not_found"
        case 413: "too_large"
        case 429: "rate_limited"
        case 503, 504: "busy"
        case 400..<500: "bad_request"
        default: "internal"
        }
    }
}
