import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// The outermost layer of every request: its id, its log line, its measures, and a problem for whatever is thrown further in.
struct RequestMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    let logger: Logger
    let metrics: RequestMetrics
    let problem: @Sendable (any Error) -> Problem?
    let bodyLimit: @Sendable (HTTPRequest) -> Int

    func handle(
        _ request: Request, context: RESTContext, next: @concurrent (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        context.requestID = RequestIdentifier.of(request)
        var logger = logger
        logger[metadataKey: "request"] = "\(context.requestID)"
        context.logger = logger

        var response: Response
        do {
            try checkLength(of: request)
            try Self.decodePath(&context.coreContext.parameters)
            response = try await next(request, context)
        } catch {
            let annotated = error as? AnnotatedError
            let cause = annotated?.underlying ?? error
            response = answer(to: cause, of: request, logger: logger).response
            if case let error as HTTPError = cause { response.headers.append(contentsOf: error.headers.carriedOver) }
            if let annotated { response.headers.append(contentsOf: annotated.headers) }
        }
        response.headers[RequestIdentifier.header] = context.requestID

        let elapsed = ContinuousClock.now - start
        metrics.record(method: request.method, route: context.endpointPath, status: response.status, elapsed: elapsed)
        logger.debug(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)",
                "status": "\(response.status.code)", "duration": "\(elapsed)",
            ])
        return response
    }

    private func checkLength(of request: Request) throws(Problem) {
        guard let text = request.headers[.contentLength], let length = Int(text) else { return }
        if length > bodyLimit(request.head) { throw tooLarge(request) }
    }

    /// The router leaves the parameters of a path as they came: `dm%3Aa%3Ab` is to be `dm:a:b`.
    private static func decodePath(_ parameters: inout Parameters) throws(Problem) {
        guard !parameters.isEmpty else { return }
        var decoded = Parameters()
        for (name, value) in parameters {
            guard let text = PercentEncoding.decode(value) else {
                throw .badRequest("\(name) in the path is not percent-encoded UTF-8")
            }
            decoded.append(key: name, value: text[...])
        }
        parameters = decoded
    }

    private func tooLarge(_ request: Request) -> Problem {
        .tooLarge("the body is larger than \(bodyLimit(request.head)) bytes: send less at once")
    }

    private func answer(to error: any Error, of request: Request, logger: Logger) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case is NIOTooManyBytesError: return tooLarge(request)
        case let error as HTTPError:
            let detail =
                error.body ?? (error.status == .notFound ? "there is nothing at this path" : error.status.reasonPhrase)
            return Problem(error.status, code: Problem.code(for: error.status), detail: detail)
        case is CancellationError:
            return .busy("the service is stopping: send the request again")
        default:
            if let problem = problem(error) { return problem }
            if let error = error as? any HTTPResponseError {
                return Problem(error.status, code: Problem.code(for: error.status), detail: error.status.reasonPhrase)
            }
            logger.error("a request failed", metadata: ["error": "\(error)"])
            return .internalError
        }
    }
}

extension HTTPFields {
    /// The headers of an error that mean something beside another body.
    fileprivate var carriedOver: HTTPFields {
        HTTPFields(filter { $0.name != .contentType && $0.name != .contentLength })
    }
}
