import Testing

@testable import WSEdge

@Suite struct HandshakeTests {
    private func refusal(
        _ target: String, _ headers: [String: String] = [:], arguments: [String] = [], isConnected: Bool = true
    ) async throws -> (status: String, body: String) {
        try refusal(await Bench.Parts(), target, headers, arguments, isConnected)
    }

    private func refusal(
        _ parts: Bench.Parts, _ target: String, _ headers: [String: String], _ arguments: [String] = [],
        _ isConnected: Bool = true
    ) throws -> (status: String, body: String) {
        let bench = try Bench(parts, arguments)
        bench.redis.isConnected = isConnected
        let client = try bench.connect(target, headers)
        #expect(bench.redis.commands.isEmpty)
        return (client.status, client.body)
    }

    @Test func aMissingOrWrongDeviceIsNamed() async throws {
        for target in ["/ws", "/ws?device=", "/ws?device=a%20b", "/ws?device=a/b"] {
            let (status, body) = try await refusal(target)
            #expect(status == "400")
            #expect(body.contains("'device'") && body.contains("bad_request"))
        }
    }

    @Test(arguments: ["x", "-1", "5-", "5-x", "1.5", "", "5"])
    func aCursorThatIsNoIDIsNamed(_ cursor: String) async throws {
        let (status, body) = try await refusal("/ws?device=a&cursor=\(cursor)")
        #expect(status == "400")
        #expect(body.contains("'cursor'"))
    }

    @Test func aBadTokenIsRefusedAndNotRepeated() async throws {
        let parts = try await Bench.Parts()
        let expired = try await Bench.Parts(lifetime: .seconds(-5)).token
        let forged = parts.token.dropLast(4) + "AAAA"
        // {"alg":"none","typ":"JWT"} with the claims of a good one.
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + parts.token.split(separator: ".")[1] + "."
        for token in [expired, String(forged), String(none), "nonsense", "a.b.c"] {
            let byQuery = try refusal(parts, "/ws?device=a&token=\(token)", [:])
            let byHeader = try refusal(parts, "/ws?device=a", ["Authorization": "Bearer \(token)"])
            for (status, body) in [byQuery, byHeader] {
                #expect(status == "401")
                #expect(body.contains("unauthorized") && !body.contains(token))
            }
        }
        #expect(try refusal(parts, "/ws?device=a", ["Authorization": "Basic YTpi"]).status == "401")
    }

    @Test func aPageOfAnotherOriginIsForbidden() async throws {
        let (status, body) = try await refusal("/ws?device=a", ["Origin": "https://evil.example"])
        #expect(status == "403")
        #expect(body.contains("ALLOWED_ORIGINS"))
        let parts = try await Bench.Parts()
        #expect(try Bench(parts).connect("/ws?device=a", ["Origin": "http://edge.example"]).status == "101")
        let listed = ["--allowed-origins", "https://chat.example"]
        #expect(try Bench(parts, listed).connect("/ws?device=a", ["Origin": "https://chat.example"]).status == "101")
    }

    @Test func aSubprotocolIsConfirmedOrRefused() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let both = try bench.connect("/ws?device=a", ["Sec-WebSocket-Protocol": "other, switchboard.v1"])
        #expect(both.status == "101" && both.head.contains("Sec-WebSocket-Protocol: switchboard.v1"))
        let none = try bench.connect("/ws?device=a")
        #expect(none.status == "101" && !none.head.contains("Sec-WebSocket-Protocol"))
        #expect(none.head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "the answer to the key of RFC 6455's example")
        let other = try refusal(parts, "/ws?device=a", ["Sec-WebSocket-Protocol": "v12.stomp"])
        #expect(other.status == "400" && other.body.contains("switchboard.v1"))
    }

    @Test func whatIsNoWebSocketIsToldSo() async throws {
        #expect(try await refusal("/ws?device=a", ["Upgrade": ""]).status == "426")
        #expect(try await refusal("/ws?device=a", ["Sec-WebSocket-Version": "8"]).status == "426")
        #expect(try await refusal("/ws?device=a", ["Sec-WebSocket-Key": ""]).status == "400")
        #expect(try await refusal("/ws?device=a", ["Sec-WebSocket-Key": "short"]).status == "400")
    }

    @Test func withoutRedisItSaysWhenToComeBack() async throws {
        let bench = try Bench(try await Bench.Parts())
        bench.redis.isConnected = false
        let client = try bench.connect("/ws?device=a")
        #expect(client.status == "503" && client.head.contains("Retry-After: "))
    }

    @Test func tooManyHandshakesAndTooManyConnectionsAreRefused() async throws {
        let parts = try await Bench.Parts()
        let slow = try Bench(parts, ["--handshake-rate", "2"])
        #expect(try (0..<3).map { _ in try slow.connect("/ws?device=a").status } == ["101", "101", "429"])
        let small = try Bench(parts, ["--max-connections", "2"])
        #expect(try (0..<3).map { _ in try small.connect("/ws?device=a").status } == ["101", "101", "503"])
    }

    @Test func otherPathsAreNotFoundAndHealthIsAnswered() async throws {
        let bench = try Bench(try await Bench.Parts())
        #expect(try bench.connect("/", ["Upgrade": ""]).status == "404")
        #expect(try bench.connect("/demo/config", ["Upgrade": ""]).status == "404")
        #expect(try bench.connect("/echo").status == "404")
        #expect(try bench.connect("/healthz", ["Upgrade": ""]).status == "200")
    }
}
