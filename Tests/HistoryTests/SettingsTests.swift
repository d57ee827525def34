import TestStack
import Testing

@testable import History

/// What the settings of the REST API do, each with a history of its own.
@Suite struct SettingsTests {
    @Test func aUserWhoAsksTooOftenIsToldWhenToComeBack() async throws {
        let bench = try await HistoryBench.start(["REST_RATE": "1", "SEARCH_LANGUAGE": "off"])
        // A burst of two, which a slow machine may make some more.
        var refused: HTTPClient.Answer?
        for _ in 0..<100 where refused == nil {
            let answer = try await bench.get("/v1/sync", as: "eager")
            #expect(answer.header("ratelimit-limit") == "2")
            if answer.status == 429 { refused = answer } else { #expect(answer.status == 200) }
        }
        let answer = try #require(refused)
        #expect(answer.header("ratelimit-remaining") == "0")
        #expect(answer.header("retry-after").flatMap { Int($0) } ?? 0 >= 1)
        #expect(try answer.json()["type"]?.string == "urn:switchboard:problem:rate_limited")
        // Others, and what needs no token, go on.
        #expect(try await bench.get("/v1/conversations", as: "patient").status == 200)
        #expect(try await bench.get("/openapi.yaml").status == 200)
        // An error says it, too.
        let wrong = try await bench.get("/v1/sync?limit=0", as: "wrong")
        #expect(wrong.status == 400 && wrong.header("ratelimit-remaining") == "1")
        // And without a language there is no search.
        let search = try await bench.get("/v1/search?q=a", as: "seeker")
        #expect(search.status == 404)
        #expect(try search.json()["detail"]?.string?.contains("SEARCH_LANGUAGE") == true)
        // A search counts for all that there is, however its path is written.
        for (number, path) in ["/v1/search?q=a", "/v1/search/?q=a", "//v1//search?q=a"].enumerated() {
            let answer = try await bench.get(path, as: "writer-\(number)")
            #expect(answer.header("ratelimit-remaining") == "0", "\(path): \(answer.text)")
        }
        try await bench.stop()
    }

    @Test func pagesOfTheOriginsAllowedMayReadTheAnswers() async throws {
        let bench = try await HistoryBench.start(["ALLOWED_ORIGINS": "https://chat.example.com, http://localhost:3000"])
        let url = bench.history.url + "/v1/conversations"
        for (origin, isAllowed) in [
            ("https://chat.example.com", true), ("http://localhost:3000", true), ("https://evil.example.com", false),
            ("http://chat.example.com", false), ("null", false),
        ] {
            let preflight = try await HTTPClient.request(
                "OPTIONS", url, headers: ["Origin": origin, "Access-Control-Request-Method": "GET"])
            #expect((preflight.header("access-control-allow-origin") == origin) == isAllowed)
            #expect((preflight.status == 204) == isAllowed)
            #expect((preflight.header("access-control-allow-headers")?.contains("Authorization") == true) == isAllowed)
            for user in ["a", nil] {
                // Errors are for the page to read as well.
                let answer = try await bench.get("/v1/conversations", as: user, headers: ["Origin": origin])
                #expect(answer.status == (user == nil ? 401 : 200))
                #expect((answer.header("access-control-allow-origin") == origin) == isAllowed)
                #expect((answer.header("access-control-expose-headers")?.contains("ETag") == true) == isAllowed)
                #expect(answer.header("vary")?.contains("Origin") == true)
            }
        }
        let own = try await bench.get("/v1/conversations", as: "a")
        #expect(own.header("access-control-allow-origin") == nil)
        try await bench.stop()
    }

    @Test(arguments: [
        (["SEARCH_LANGUAGE": "klingon"], "SEARCH_LANGUAGE"), (["SEARCH_TIMEOUT": "0"], "SEARCH_TIMEOUT"),
        (["REST_RATE": "-1"], "REST_RATE"), (["ALLOWED_ORIGINS": "chat.example.com"], "ALLOWED_ORIGINS"),
    ])
    func aSettingThatCannotBeUsedIsNamedAtTheStart(environment: [String: String], name: String) async throws {
        let bench = try await HistoryBench.start(startsHistory: false, environment)
        await #expect(throws: (any Error).self) { try await bench.history.start() }
        #expect(await bench.history.tail().contains(name))
        try await bench.stop()
    }
}
