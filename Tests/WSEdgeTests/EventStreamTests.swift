import Messaging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import RedisStreams
@testable import WSEdge

struct EventStreamTests {
    private func events(
        _ bench: Bench, _ query: String = "?device=phone", token: String? = nil, method: String = "GET",
        _ headers: [String: String] = [:]
    ) throws -> BenchClient {
        let client = try bench.open()
        var all = headers
        if let token { all["Authorization"] = "Bearer \(token)" }
        try client.request(method, "/events\(query)", all)
        return client
    }

    @Test func aStreamBeginsWithWhenToComeAgainAndWhereItStands() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try events(bench, token: parts.token)
        #expect(client.status == "200")
        for header in [
            "Content-Type: text/event-stream; charset=utf-8", "X-Accel-Buffering: no", "Cache-Control: no-store",
            "transfer-encoding: chunked",
        ] {
            #expect(client.head.lowercased().contains(header.lowercased()))
        }
        let text = client.chunks()
        #expect(text.hasPrefix("retry: "))
        #expect(text.contains("\n\nid: 5-0\ndata: {\"type\":\"welcome\",\"user\":\"alice\",\"device\":\"phone\""))
        #expect(text.hasSuffix("\n\n"))
        #expect(bench.loop.environment.eventStreams == 1 && bench.loop.environment.connections == 1)
    }

    @Test func aMessageIsAnEventWhoseIDIsTheCursor() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try events(bench, token: parts.token)
        _ = client.chunks()
        bench.message(cursor: 6, previous: 5, data: "1")
        let text = client.chunks()
        #expect(text.hasPrefix("id: 6-0\ndata: {\"type\":\"message\",\"cursor\":\"6-0\""))
        #expect(text.hasSuffix(",\"data\":1}\n\n"))
    }

    @Test(arguments: [("[1,\n2]", "[1,\ndata: 2]"), ("[1,\r\n2]", "[1,\ndata: 2]"), ("[1,\r2]", "[1,\ndata: 2]")])
    func whatHasLinesIsDataOfSeveralLines(_ data: String, _ written: String) async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try events(bench, token: parts.token)
        _ = client.chunks()
        bench.message(cursor: 6, previous: 5, data: data)
        #expect(client.chunks().hasSuffix(",\"data\":\(written)}\n\n"))
    }

    @Test func aClientThatComesBackNamesTheLastEventAndNotTheCursorOfItsAddress() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        _ = try events(bench, "?device=phone&cursor=3-0", token: parts.token, ["Last-Event-ID": "7-1"])
        let call = try #require(bench.redis.commands("register").first)
        #expect(call.contains("7-1") && !call.contains("3-0"))
    }

    @Test func whatWasWrittenAcknowledgesNothing() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try events(bench, token: parts.token)
        bench.message(cursor: 6, previous: 5, data: "1")
        _ = client.chunks()
        client.channel.pipeline.fireChannelInactive()
        bench.eventLoop.advanceTime(by: .seconds(5))
        #expect(bench.redis.commands("acknowledge").isEmpty)
        #expect(bench.loop.connections.isEmpty && bench.loop.environment.eventStreams == 0)
        #expect(bench.loop.environment.connections == 0 && bench.loop.environment.sessions == 0)
    }

    @Test func whoMayNotListenIsToldByTheStatus() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        #expect(try events(bench).status == "401")
        #expect(try events(bench, token: "nonsense").status == "401")
        #expect(try events(bench, "", token: parts.token).status == "400")
        let bad = try events(bench, token: parts.token, ["Last-Event-ID": "nonsense"])
        #expect(bad.status == "400" && bad.body.contains("Last-Event-ID"))
        #expect(try events(bench, token: parts.token, ["Origin": "https://evil.example"]).status == "403")
        #expect(bench.loop.environment.connections == 0)
    }

    @Test func aSessionThatRedisRefusesIsAnsweredAsAnErrorSoThatNobodyComesBackForIt() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.answers("register", with: .array([.status("revoked")]))
        let client = try events(bench, token: parts.token)
        #expect(client.status == "401" && client.body.contains("\"code\":\"unauthorized\""))
        #expect(bench.loop.connections.isEmpty && bench.loop.environment.connections == 0)
    }

    @Test func otherMethodsAreNamed() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--allowed-origins", "https://chat.example"])
        let post = try events(bench, token: parts.token, method: "POST")
        #expect(post.status == "405" && post.head.contains("Allow: GET, HEAD, OPTIONS"))
        let head = try events(bench, token: parts.token, method: "HEAD")
        #expect(head.status == "200" && head.head.contains("text/event-stream") && head.body.isEmpty)
        #expect(try events(bench, method: "HEAD").status == "401")
        #expect(bench.redis.commands("register").isEmpty)
        let options = try events(bench, method: "OPTIONS", ["Origin": "https://chat.example"])
        #expect(options.status == "204" && options.head.contains("Access-Control-Allow-Origin: https://chat.example"))
        #expect(options.head.contains("Access-Control-Allow-Headers: Authorization, Last-Event-ID"))
    }

    @Test func aStreamSaysWhyItEnds() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try events(bench, token: parts.token)
        _ = client.chunks()
        for connection in bench.loop.connections.values {
            #expect(connection.move(to: "ws://other/ws", within: .milliseconds(700)))
            connection.leave()
        }
        let text = client.chunks()
        #expect(text.contains("data: {\"type\":\"moving\",\"within\":700}"))
        #expect(
            text.contains("retry: ") && text.hasSuffix("event: close\ndata: {\"code\":4000,\"reason\":\"moved\"}\n\n"))
        #expect(client.hasEnded)
    }

    @Test func aStreamInWhichNothingIsSaidHasHeartBeats() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try events(bench, token: parts.token)
        _ = client.chunks()
        for connection in bench.loop.connections.values { connection.tick(now: .now() + .seconds(26)) }
        #expect(client.chunks() == ":\n\n")
    }
}
