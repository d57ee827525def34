import CoreMetrics
import HTTPTypes
import Synchronization

/// How many requests of each route were answered how, and how long they took.
///
/// The labels are bounded: the route is the template (`/v1/groups/{id}`) and not the path, and a method that HTTP does not define counts as `other`.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Measures {
        let requests: Counter
        let duration: CoreMetrics.Timer
    }

    private let registry: PrometheusRegistry
    private let measures = Mutex<[Key: Measures]>([:])

    init(registry: PrometheusRegistry) {
        self.registry = registry
        registry.describe("http_requests", "Requests answered, by method, route and status.")
        registry.describe("http_request_duration", "Time from a request's head to its answer, by method and route.")
    }

    func record(method: HTTPRequest.Method, route: String?, status: HTTPResponse.Status, elapsed: Duration) {
        let key = Key(method: Self.name(of: method), route: Self.name(ofRoute: route), status: status.code)
        let measures = measures.withLock { known in
            if let measures = known[key] { return measures }
            let made = make(key)
            known[key] = made
            return made
        }
        measures.requests.increment()
        measures.duration.recordNanoseconds(elapsed.nanoseconds)
    }

    private func make(_ key: Key) -> Measures {
        let dimensions = [("method", key.method), ("route", key.route)]
        return Measures(
            requests: Counter(
                label: "http_requests", dimensions: dimensions + [("status", String(key.status))], factory: registry),
            duration: CoreMetrics.Timer(label: "http_request_duration", dimensions: dimensions, factory: registry))
    }

    private static func name(of method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .patch, .delete, .options: method.rawValue
        default: "other"
        }
    }

    private static func name(ofRoute route: String?) -> String {
        // The router's name for what it does not know.
        guard let route, route != "NotFound" else { return "none" }
        return route
    }
}

extension Duration {
    /// Whole nanoseconds.
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
