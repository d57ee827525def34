import Messaging
import NIOCore
import NIOEmbedded
import SockJS
import Testing

@testable import RedisStreams
@testable import WSEdge

/// Two edges, and what they say to one another through Redis.
struct SockJSHopTests {
    private final class Pair {
        let one: Bench
        let two: Bench
        private var seen = [0, 0]
        /// What has been handed over, oldest first.
        var calls: [SockJSCall] = []
        /// Drops what it says yes to.
        var loses: (SockJSCall) -> Bool = { _ in false }

        init(_ parts: Bench.Parts) throws {
            one = try Bench(parts, ["--echo-path", "/echo"])
            two = try Bench(parts, ["--echo-path", "/echo", "--edge-id", "e2"])
            two.redis.answers("claim_sockjs", with: .status("e1/0"))
            _ = (one.loop.sockJS, two.loop.sockJS)
        }

        /// Hands over what was written into the streams, until nothing more comes of it.
        func carry() throws {
            var isQuiet = false
            while !isQuiet {
                isQuiet = true
                for (place, (from, to)) in [(one, two), (two, one)].enumerated() {
                    from.eventLoop.run()
                    let all = from.redis.commands("XADD")
                    let new = all.dropFirst(seen[place])
                    seen[place] = all.count
                    for command in new {
                        isQuiet = false
                        let fields = command[(command.firstIndex(of: "*") ?? 0)...].dropFirst()
                        let call = try SockJSCall(StreamFields(fields.map { Array($0.utf8) }))
                        calls.append(call)
                        if !loses(call) { to.loop.sockJS.handle(call) }
                    }
                    to.eventLoop.run()
                }
            }
        }

        func post(_ bench: Bench, _ path: String, _ body: String = "") throws -> BenchClient {
            let client = try bench.open()
            try client.request("POST", path, body: body)
            try carry()
            client.poll()
            return client
        }
    }

    @Test func aSessionIsReachedFromEitherEdgeByOneHop() async throws {
        let pair = try Pair(try await Bench.Parts())
        #expect(try pair.post(pair.one, "/echo/0/s/xhr").body == "o\n")
        #expect(pair.calls.isEmpty)
        #expect(try pair.post(pair.two, "/echo/0/s/xhr_send", "[\"x\"]").status == "204")
        #expect(pair.calls.count == 2)
        #expect(try pair.post(pair.two, "/echo/0/s/xhr").body == "a[\"x\"]\n")
        #expect(try pair.post(pair.one, "/echo/0/s/xhr_send", "[\"y\"]").status == "204")
        let waiting = try pair.post(pair.one, "/echo/0/s/xhr")
        #expect(waiting.body == "a[\"y\"]\n")
        let open = try pair.post(pair.two, "/echo/0/s/xhr")
        #expect(open.head.isEmpty)
        #expect(try pair.post(pair.one, "/echo/0/s/xhr").body.hasPrefix("c[2010"))
        #expect(try pair.post(pair.one, "/echo/0/s/xhr_send", "[\"z\"]").status == "204")
        open.poll()
        #expect(open.body == "a[\"z\"]\n")
    }

    @Test func aStreamRunsThroughTheOtherEdgeAndIsCountedOn() async throws {
        let pair = try Pair(try await Bench.Parts())
        #expect(try pair.post(pair.one, "/echo/0/s/xhr").body == "o\n")
        let stream = try pair.post(pair.two, "/echo/0/s/xhr_streaming")
        #expect(stream.chunks() == String(repeating: "h", count: 2048) + "\n")
        #expect(try pair.post(pair.two, "/echo/0/s/xhr_send", "[\"x\"]").status == "204")
        #expect(stream.chunks() == "a[\"x\"]\n")
        pair.two.loop.sockJS.tick(now: .now())
        try pair.carry()
        #expect(pair.calls.last?.word == .took(from: EdgePlace(edge: "e2", loop: 0), 2049 + 7))
    }

    @Test func aClientThatGoesElsewhereEndsTheSession() async throws {
        let pair = try Pair(try await Bench.Parts())
        #expect(try pair.post(pair.one, "/echo/0/s/xhr").body == "o\n")
        let stream = try pair.post(pair.two, "/echo/0/s/xhr_streaming")
        stream.channel.pipeline.fireChannelInactive()
        try pair.carry()
        #expect(try pair.post(pair.one, "/echo/0/s/xhr").body == "c[1002,\"Connection interrupted\"]\n")
    }

    @Test func whatIsLostOnTheWayBreaksTheStreamAndIsNotPassedOver() async throws {
        let pair = try Pair(try await Bench.Parts())
        #expect(try pair.post(pair.one, "/echo/0/s/xhr").body == "o\n")
        let stream = try pair.post(pair.two, "/echo/0/s/xhr_streaming")
        _ = stream.chunks()
        var lost = 0
        pair.loses = { call in
            guard case .write = call.word, lost == 0 else { return false }
            lost = 1
            return true
        }
        _ = try pair.post(pair.one, "/echo/0/s/xhr_send", "[\"x\"]")
        _ = try pair.post(pair.one, "/echo/0/s/xhr_send", "[\"y\"]")
        #expect(lost == 1 && stream.chunks() == "" && !stream.channel.isActive)
        #expect(try pair.post(pair.one, "/echo/0/s/xhr").body == "c[1002,\"Connection interrupted\"]\n")
    }

    @Test func anEdgeThatDoesNotAnswerIsNotWaitedForLong() async throws {
        let pair = try Pair(try await Bench.Parts())
        pair.loses = { _ in true }
        let poll = try pair.post(pair.two, "/echo/0/s/xhr")
        let send = try pair.post(pair.two, "/echo/0/s/xhr_send", "[\"x\"]")
        pair.two.loop.sockJS.tick(now: .now() + .seconds(4))
        poll.poll()
        #expect(poll.body == "c[1002,\"Connection interrupted\"]\n" && send.head.isEmpty)
        pair.two.loop.sockJS.tick(now: .now() + .seconds(9))
        send.poll()
        #expect(send.status == "503" && send.head.contains("Retry-After"))
    }

    @Test func aSessionThatIsNoMoreWhereItWasBeginsAnewWithoutASecondHop() async throws {
        let pair = try Pair(try await Bench.Parts())
        let poll = try pair.post(pair.two, "/echo/0/s/xhr")
        // The other edge knows nothing of it, and has Redis forget that it should.
        #expect(pair.one.redis.commands("release_sockjs").first?.suffix(2) == ["sb:{k:/echo/s}:place", "e1/0"])
        #expect(poll.body == "c[1002,\"Connection interrupted\"]\n")
        let asked = pair.calls.filter { if case .receive = $0.word { true } else { false } }
        #expect(asked.count == 2)
        #expect(try pair.post(pair.two, "/echo/0/s/xhr_send", "[\"x\"]").status == "404")
    }

    @Test func anEdgeThatDiesWithARequestIsFoundOut() async throws {
        let pair = try Pair(try await Bench.Parts())
        #expect(try pair.post(pair.one, "/echo/0/s/xhr").body == "o\n")
        _ = try pair.post(pair.two, "/echo/0/s/xhr_streaming")
        pair.loses = { call in if case .took = call.word { true } else { false } }
        pair.one.loop.sockJS.tick(now: .now() + .seconds(31))
        pair.one.eventLoop.run()
        #expect(try pair.post(pair.one, "/echo/0/s/xhr").body == "c[1002,\"Connection interrupted\"]\n")
    }

    @Test func whoWaitsAtAnotherEdgeIsNotLeftWaitingWhenTheSessionsEdgeHasDied() async throws {
        let pair = try Pair(try await Bench.Parts())
        let start = NIODeadline.now()
        #expect(try pair.post(pair.one, "/echo/0/s/xhr").body == "o\n")
        let poll = try pair.post(pair.two, "/echo/0/s/xhr")
        pair.two.loop.sockJS.tick(now: start + .seconds(10))
        pair.one.loop.sockJS.tick(now: start + .seconds(10))
        try pair.carry()
        #expect(pair.calls.last?.word == .alive(from: EdgePlace(edge: "e1", loop: 0)))
        pair.two.loop.sockJS.tick(now: start + .seconds(24))
        #expect(poll.channel.isActive)
        pair.two.loop.sockJS.tick(now: start + .seconds(26))
        pair.two.eventLoop.run()
        #expect(!poll.channel.isActive)
    }

    @Test func whatIsWrittenForAnEdgeExpiresWhoeverWritesLast() async throws {
        let pair = try Pair(try await Bench.Parts())
        #expect(try pair.post(pair.one, "/echo/0/s/xhr").body == "o\n")
        for _ in 1...3 { _ = try pair.post(pair.two, "/echo/0/s/xhr_send", "[]") }
        #expect(pair.two.redis.commands("PEXPIRE").map { $0.dropFirst().first } == ["sb:{e:e1}:calls"])
        #expect(pair.one.redis.commands("PEXPIRE").map { $0.dropFirst().first } == ["sb:{e:e2}:calls"])
    }

    @Test func callsAreReadAsTheyWereWritten() throws {
        let place = EdgePlace(edge: "e1", loop: 3)
        let words: [SockJSCall.Word] = [
            .receive(from: place, session: "/a/ü b", transport: "jsonp", callback: "cb"),
            .send(from: place, session: "/a/s", transport: "xhr_send", contentType: "", body: [0, 1, 255]),
            .gone(from: place), .held, .alive(from: place), .took(from: place, 7), .write(0, []), .write(12, [9]),
            .finish(3),
            .verdict(.taken), .verdict(.absent), .verdict(.busy), .verdict(.refused("why")),
        ]
        for word in words {
            let call = SockJSCall(id: .max, loop: 2, word)
            #expect(try SockJSCall(StreamFields(call.fields)) == call)
        }
        for spoiled in [
            ["call", "1"], ["call", "1", "loop", "-1", "word", "held"], ["call", "1", "loop", "0", "word", "x"],
        ] {
            #expect(throws: MessagingError.self) { try SockJSCall(StreamFields(spoiled.map { Array($0.utf8) })) }
        }
    }
}
