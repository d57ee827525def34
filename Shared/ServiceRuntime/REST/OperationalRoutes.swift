import HTTPTypes
import Hummingbird
import HummingbirdCore

/// The routes of health, readiness and metrics.
enum OperationalRoutes {
    static func add(to router: Router<RESTContext>, context: ServiceContext) {
        for path in OperationalAnswer.paths {
            router.get(RouterPath(path)) { _, _ in
                guard let answer = OperationalAnswer(path: path, context: context) else { throw HTTPError(.notFound) }
                return Response(
                    status: .init(code: answer.status),
                    headers: [.contentType: answer.contentType, .cacheControl: "no-store"],
                    body: .init(byteBuffer: ByteBuffer(string: answer.body)))
            }
        }
    }
}
