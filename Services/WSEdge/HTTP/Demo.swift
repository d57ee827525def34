import Authentication
import HTTPTypes
import Messaging
import NIOCore
import RedisStreams
import ServiceRuntime

/// The demo: its page, where the edges are, and tokens for whoever asks. Only with `DEMO=true`.
struct Demo: Sendable {
    private static let tokenLifetime = Duration.seconds(12 * 3600)

    let secret: String
    /// By path.
    let pages: [String: DemoPage]

    /// `{"demo":true,"edges":[{"id","url"}]}`: the live edges that can be reached by themselves, in order of their ids.
    func configuration(on loop: EdgeLoop, _ respond: @escaping (SiteResponse) -> Void) {
        loop.redis.send(LiveEdges.command(keys: loop.environment.keys)) { result in
            guard let edges = try? LiveEdges.reply(result.get()) else {
                return respond(
                    SiteResponse(
                        Problem(
                            .serviceUnavailable, code: "busy", detail: "the edge cannot reach Redis: ask again later",
                            retryAfter: 1)))
            }
            let listed =
                edges.filter { !$0.value.url.isEmpty && !$0.value.draining }.sorted { $0.key < $1.key }
                .map { "{\"id\":\"\($0.key)\",\"url\":\"\(Self.escaped($0.value.url))\"}" }
            respond(
                SiteResponse(json: Array("{\"demo\":true,\"edges\":[\(listed.joined(separator: ","))]}".utf8)))
        }
    }

    /// `{"user"}` → `{"token","user","expiresAt"}`.
    func token(_ body: ByteBuffer, on loop: EdgeLoop, _ respond: @escaping (SiteResponse) -> Void) {
        guard let user = Self.user(body), Identifier.isValid(user) else {
            return respond(
                SiteResponse(
                    Problem(
                        .badRequest, code: "bad_request",
                        detail: "the body must be {\"user\":…} with field 'user' being \(Identifier.rule)")))
        }
        let secret = secret
        let expires = WallClock.milliseconds + Self.tokenLifetime.components.seconds * 1000
        loop.eventLoop.makeFutureWithTask {
            try await TokenMinter.token(user: user, lifetime: Self.tokenLifetime, secret: secret)
        }.assumeIsolated().whenComplete { result in
            guard let token = try? result.get() else {
                return respond(
                    SiteResponse(
                        Problem(.internalServerError, code: "internal", detail: "the token could not be signed")))
            }
            respond(
                SiteResponse(
                    json: Array("{\"token\":\"\(token)\",\"user\":\"\(user)\",\"expiresAt\":\(expires)}".utf8)))
        }
    }

    private static func user(_ body: ByteBuffer) -> String? {
        let bytes = body.readableBytesUInt8Span
        var scanner = JSONScanner()
        var user: String?
        do {
            while let member = try scanner.next(in: bytes) {
                let key = JSONScanner.text(member.key, isEscaped: member.isKeyEscaped, in: bytes)
                guard key == "user" else { continue }
                guard member.kind == .string else { return nil }
                let inner = member.value.lowerBound + 1..<member.value.upperBound - 1
                user = JSONScanner.text(inner, isEscaped: member.isValueEscaped, in: bytes)
            }
        } catch {
            return nil
        }
        return user
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }
}
