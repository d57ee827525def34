/// The codes of `error` frames, which are also the last part of the `type` of REST problems.
public enum ErrorCode: String, Sendable, CaseIterable {
    case badRequest = "bad_request"
    case unauthorized
    case forbidden
    case notFound = "not_found"
    case tooLarge = "too_large"
    case rateLimited = "rate_limited"
    case busy
    case internalError = "internal"
}
