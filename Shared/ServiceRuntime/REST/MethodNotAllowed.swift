import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Answers 405 with `Allow` where a path exists and the method does not: the router by itself says 404.
enum MethodNotAllowed {
    /// QUERY is a method like them, though yet a draft: https://datatracker.ietf.org/doc/draft-ietf-httpbis-safe-method-w-body/
    private static let methods: [HTTPRequest.Method] =
        [.get, .head, .post, .put, .patch, .delete, .options, .trace] + [HTTPRequest.Method("QUERY")].compactMap(\.self)

    /// Adds a route for each method that a path added so far lacks.
    static func addRoutes(to router: Router<RESTContext>) {
        var known: [String: (path: RouterPath, methods: Set<HTTPRequest.Method>)] = [:]
        for route in router.routes {
            known[route.path.description, default: (route.path, [])].methods.insert(route.method)
        }
        for (path, present) in known.values {
            // HEAD is answered wherever GET is.
            let allowed = present.contains(.get) ? present.union([.head]) : present
            let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
            for method in methods where !allowed.contains(method) {
                router.on(path, method: method) { request, _ -> Response in
                    let problem = Problem(
                        .methodNotAllowed, code: "bad_request",
                        detail: "this path does not take \(request.method.rawValue): use \(list)")
                    var response = problem.response
                    response.headers[.allow] = list
                    return response
                }
            }
        }
    }
}
