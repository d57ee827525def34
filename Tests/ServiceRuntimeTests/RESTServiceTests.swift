import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import ServiceRuntime

struct RESTServiceTests {
    private struct Refused: Error, CustomStringConvertible {
        var description: String { "the token has expired" }
    }

    private struct Overloaded: Error {}

    private struct Body: Decodable {
        let to: String
    }

    private static func context() throws -> ServiceContext {
        ServiceContext(
            service: "test", settings: try Settings(declared: [], arguments: [], environment: [:]),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    /// Runs a service with some routes for as long as `body` takes.
    private func withService(
        _ context: ServiceContext? = nil, entered: AsyncStream<Void>.Continuation? = nil,
        released: AsyncStream<Void>? = nil, _ body: @escaping @Sendable (Int, ServiceGroup) async throws -> Void
    ) async throws {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let service = RESTService(
            context: try context ?? Self.context(), host: "127.0.0.1", port: 0,
            authenticate: { token in
                guard token == "good" || token == "admin" else { throw Refused() }
                return Caller(user: "alice", scopes: token == "admin" ? ["admin"] : [])
            },
            problem: { $0 is Overloaded ? .busy("too much at once", retryAfter: 2) : nil },
            onListening: { listening.yield($0) },
            routes: { router in
                router.get("v1/me") { _, context in try context.requireCaller().user }
                router.get("v1/admin") { _, context in try context.requireCaller(scope: "admin").user }
                router.get("v1/groups/:id") { _, context in context.parameters.get("id") ?? "" }
                router.put("v1/groups/:id") { _, _ in HTTPResponse.Status.noContent }
                router.post("v1/echo") { request, context in
                    try await request.body.collect(upTo: context.maxUploadSize)
                }
                router.post("v1/decode") { request, context in
                    try await request.decode(as: Body.self, context: context).to
                }
                router.get("v1/overloaded") { _, _ -> String in throw Overloaded() }
                router.get("v1/broken") { _, _ -> String in throw Refused() }
                router.get("v1/slow") { _, _ -> String in
                    entered?.yield()
                    if let released { for await _ in released { break } }
                    return "done"
                }
            })
        let group = ServiceGroup(
            services: [service], logger: Logger(label: "t", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                do {
                    try await body(port, group)
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func expectProblem(
        _ answer: HTTPExchange, _ status: Int, _ code: String, detail: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.status == status, sourceLocation: sourceLocation)
        #expect(answer.headers["content-type"] == "application/problem+json", sourceLocation: sourceLocation)
        #expect(answer.headers["x-request-id"] != nil, sourceLocation: sourceLocation)
        #expect(
            answer.body.hasPrefix("{\"type\":\"urn:switchboard:problem:\(code)\",\"title\":"), "\(answer.body)",
            sourceLocation: sourceLocation)
        #expect(
            answer.body.contains("\"status\":\(status),\"code\":\"\(code)\",\"detail\":\""),
            sourceLocation: sourceLocation)
        #expect(answer.body.contains(detail), "\(answer.body)", sourceLocation: sourceLocation)
    }

    @Test func aTokenMakesACallerAndItsAbsenceIs401WhereOneIsNeeded() async throws {
        try await withService { port, _ in
            let good = try await HTTPExchange.send(
                "GET", "/v1/me", headers: ["Authorization": "Bearer good"], port: port)
            #expect(good.status == 200 && good.body == "alice")
            let lowercase = try await HTTPExchange.send(
                "GET", "/v1/me", headers: ["authorization": "bearer  good"], port: port)
            #expect(lowercase.status == 200)
            let without = try await HTTPExchange.send("GET", "/v1/me", port: port)
            expectProblem(without, 401, "unauthorized", detail: "Authorization: Bearer")
            #expect(without.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
            let bad = try await HTTPExchange.send(
                "GET", "/v1/groups/g", headers: ["Authorization": "Bearer bad"], port: port)
            expectProblem(bad, 401, "unauthorized", detail: "the token has expired")
            let basic = try await HTTPExchange.send(
                "GET", "/v1/me", headers: ["Authorization": "Basic eDp5"], port: port)
            expectProblem(basic, 401, "unauthorized")
        }
    }

    @Test func aScopeThatIsMissingIs403() async throws {
        try await withService { port, _ in
            let admin = try await HTTPExchange.send(
                "GET", "/v1/admin", headers: ["Authorization": "Bearer admin"], port: port)
            #expect(admin.status == 200)
            let other = try await HTTPExchange.send(
                "GET", "/v1/admin", headers: ["Authorization": "Bearer good"], port: port)
            expectProblem(other, 403, "forbidden", detail: "scope admin")
        }
    }

    @Test func anUnknownPathIs404() async throws {
        try await withService { port, _ in
            expectProblem(try await HTTPExchange.send("GET", "/v1/nothing", port: port), 404, "not_found")
            expectProblem(try await HTTPExchange.send("GET", "/%ff?x", port: port), 404, "not_found")
        }
    }

    @Test func aMethodThatAPathDoesNotTakeIs405WithThoseItTakes() async throws {
        try await withService { port, _ in
            let answer = try await HTTPExchange.send("DELETE", "/v1/groups/g", port: port)
            expectProblem(answer, 405, "bad_request", detail: "GET, HEAD, PUT")
            #expect(answer.headers["allow"] == "GET, HEAD, PUT")
            #expect(try await HTTPExchange.send("PUT", "/v1/groups/g", port: port).status == 204)
            let head = try await HTTPExchange.send("HEAD", "/v1/groups/g", port: port)
            #expect(head.status == 200 && head.body.isEmpty)
        }
    }

    @Test func parametersOfThePathAreDecoded() async throws {
        try await withService { port, _ in
            for (path, id) in ["dm%3Aa%3ab": "dm:a:b", "dm:a:b": "dm:a:b", "%C3%A9%2F": "é/", "a+b": "a+b"] {
                let answer = try await HTTPExchange.send("GET", "/v1/groups/\(path)?x=%", port: port)
                #expect(answer.body == id)
            }
            for path in ["%", "%4", "%zz", "%ff"] {
                let answer = try await HTTPExchange.send("GET", "/v1/groups/\(path)", port: port)
                expectProblem(answer, 400, "bad_request", detail: "id in the path")
            }
        }
    }

    @Test func aBodyOfMoreThanAMebibyteIs413() async throws {
        try await withService { port, _ in
            let most = String(repeating: "x", count: 1 << 20)
            #expect(try await HTTPExchange.send("POST", "/v1/echo", body: most, port: port).body.utf8.count == 1 << 20)
            expectProblem(
                try await HTTPExchange.send("POST", "/v1/echo", body: most + "x", port: port), 413, "too_large",
                detail: "1048576 bytes")
            let chunk = "80000\r\n\(String(repeating: "x", count: 0x80000))\r\n"
            let chunked = try await HTTPExchange.send(
                "POST", "/v1/echo", headers: ["Transfer-Encoding": "chunked"],
                body: chunk + chunk + chunk + "0\r\n\r\n",
                port: port)
            expectProblem(chunked, 413, "too_large")
        }
    }

    @Test func aBodyThatCannotBeDecodedIs400() async throws {
        try await withService { port, _ in
            for body in ["", "{", "[]", "{}", "{\"to\":1}"] {
                expectProblem(
                    try await HTTPExchange.send("POST", "/v1/decode", body: body, port: port), 400, "bad_request")
            }
            #expect(
                try await HTTPExchange.send("POST", "/v1/decode", body: "{\"to\":\"bob\"}", port: port).body == "bob")
        }
    }

    @Test func errorsThatTheServiceExplainsAreItsProblems() async throws {
        try await withService { port, _ in
            let answer = try await HTTPExchange.send("GET", "/v1/overloaded", port: port)
            expectProblem(answer, 503, "busy", detail: "too much at once")
            #expect(answer.headers["retry-after"] == "2")
        }
    }

    @Test func otherErrorsAre500AndSayNothingOfThemselves() async throws {
        try await withService { port, _ in
            let answer = try await HTTPExchange.send("GET", "/v1/broken", port: port)
            expectProblem(answer, 500, "internal", detail: "X-Request-Id")
            #expect(!answer.body.contains("expired"))
        }
    }

    @Test func theRequestIdIsKeptIfItIsFitAndElseMade() async throws {
        try await withService { port, _ in
            let kept = try await HTTPExchange.send(
                "GET", "/healthz", headers: ["X-Request-Id": "abc-1.2_3"], port: port)
            #expect(kept.headers["x-request-id"] == "abc-1.2_3")
            for bad in ["a b", "{}", String(repeating: "a", count: 129)] {
                let made = try await HTTPExchange.send("GET", "/healthz", headers: ["X-Request-Id": bad], port: port)
                #expect(made.headers["x-request-id"]?.count == 16)
            }
        }
    }

    @Test func healthReadinessAndMetricsNeedNoToken() async throws {
        let context = try Self.context()
        context.readiness.notReady("redis", "away")
        try await withService(context) { port, _ in
            #expect(try await HTTPExchange.send("GET", "/healthz", port: port).status == 200)
            let ready = try await HTTPExchange.send("GET", "/readyz", port: port)
            #expect(ready.status == 503 && ready.body.contains("away"))
            _ = try await HTTPExchange.send("GET", "/v1/groups/one", port: port)
            _ = try await HTTPExchange.send("GET", "/v1/groups/two", port: port)
            _ = try await HTTPExchange.send("GET", "/nothing/\(port)", port: port)
            _ = try await HTTPExchange.send("PROPFIND", "/v1/groups/two", port: port)
            let metrics = try await HTTPExchange.send("GET", "/metrics", port: port)
            #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(
                metrics.body.contains(
                    "http_requests_total{method=\"GET\",route=\"/v1/groups/{id}\",status=\"200\"} 2\n"))
            #expect(metrics.body.contains("http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1\n"))
            #expect(metrics.body.contains("http_requests_total{method=\"other\",route=\"none\",status=\"404\"} 1\n"))
            #expect(!metrics.body.contains("/nothing/"))
            #expect(
                metrics.body.contains(
                    "http_request_duration_seconds_count{method=\"GET\",route=\"/v1/groups/{id}\"} 2\n"))
        }
    }

    @Test func aRequestUnderWayIsAnsweredBeforeTheServiceEnds() async throws {
        let (entries, entered) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        try await withService(entered: entered, released: released) { port, group in
            let idle = try await HTTPExchange.connect(port: port)
            async let answer = HTTPExchange.send("GET", "/v1/slow", port: port)
            for await _ in entries { break }
            await group.triggerGracefulShutdown()
            // The idle connection is closed at once, though the request goes on.
            try await idle.executeThenClose { inbound, _ in
                for try await _ in inbound {}
            }
            release.yield()
            #expect(try await answer.body == "done")
        }
    }

    @Test func aPortThatIsTakenIsNamedWithTheRemedy() async throws {
        try await withService { port, _ in
            let second = RESTService(
                context: try Self.context(), host: "127.0.0.1", port: port, authenticate: { _ in throw Refused() },
                routes: { _ in })
            await #expect {
                try await second.run()
            } throws: { error in
                "\(error)".contains("PORT (--port) is \(port)") && "\(error)".contains("give another port")
            }
        }
    }

    @Test func aHostThatIsNoneOfThisMachineIsNamed() async throws {
        for host in ["192.0.2.1", "no such host"] {
            let service = RESTService(
                context: try Self.context(), host: host, port: 0, authenticate: { _ in throw Refused() },
                routes: { _ in })
            await #expect {
                try await service.run()
            } throws: { "\($0)".contains("HOST (--host) is \"\(host)\"") }
        }
    }
}
