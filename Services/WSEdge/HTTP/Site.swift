import HTTPTypes
import Messaging
import NIOCore
import NIOHTTP1
import RedisStreams
import ServiceRuntime

/// What an edge answers besides WebSockets: its health and, when it is switched on, the demo.
struct Site: Sendable {
    let context: ServiceContext
    /// Nil when the demo is off.
    let demo: Demo?

    func answer(
        _ head: HTTPRequestHead, _ target: RequestTarget, body: ByteBuffer, from loop: EdgeLoop,
        _ respond: @escaping (SiteResponse) -> Void
    ) {
        let isGet = head.method == .GET || head.method == .HEAD
        if OperationalAnswer.paths.contains(target.path) {
            guard isGet, let answer = OperationalAnswer(path: target.path, context: context) else {
                return respond(SiteResponse(Self.methodNotAllowed))
            }
            return respond(
                SiteResponse(
                    status: answer.status,
                    headers: [("Content-Type", answer.contentType), ("Cache-Control", "no-store")],
                    body: ByteBuffer(string: answer.body)))
        }
        guard let demo else { return respond(SiteResponse(Self.notFound)) }
        switch (target.path, isGet) {
        case ("/demo/token", false) where head.method == .POST: demo.token(body, on: loop, respond)
        case ("/demo/token", _): respond(SiteResponse(Self.methodNotAllowed))
        case ("/demo/config", true): demo.configuration(on: loop, respond)
        case (let path, true):
            guard let page = demo.pages[path == "/" ? "/demo/index.html" : path] else {
                return respond(SiteResponse(Self.notFound))
            }
            respond(page.response(ifNoneMatch: head.headers.first(name: "if-none-match")))
        default: respond(SiteResponse(demo.pages[target.path] == nil ? Self.notFound : Self.methodNotAllowed))
        }
    }

    private static let notFound = Problem(.notFound, code: "not_found", detail: "there is nothing at this path")
    private static let methodNotAllowed = Problem(
        .methodNotAllowed, code: "bad_request", detail: "this path does not take this method")
}
