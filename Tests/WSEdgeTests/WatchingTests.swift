import Messaging
import NIOEmbedded
import RedisStreams
import Testing

@testable import WSEdge

/// `watch` and what follows, with Redis faked.
@Suite struct WatchingTests {
    private func reply(_ view: PresenceView) -> RedisValue {
        func face(_ face: PresenceView.Face) -> [RedisValue] {
            [
                .status(face.isOnline ? "online" : "offline"), .status("\(face.since)"),
                .status(face.mode == .online ? "" : face.mode.rawValue), .status(face.text),
            ]
        }
        return .array([.status("\(view.revision)")] + face(view.shown) + face(view.own))
    }

    private func view(_ revision: UInt64, online: Bool) -> PresenceView {
        let face = PresenceView.Face(isOnline: online, since: Int64(revision))
        return PresenceView(revision: revision, shown: face, own: face)
    }

    private func bench(_ arguments: [String] = ["--presence-policy", "everyone"]) async throws -> (Bench, BenchClient) {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, arguments)
        bench.redis.answers("presence_interest", with: reply(view(10, online: true)))
        let client = try bench.session(parts.token)
        _ = client.texts()
        return (bench, client)
    }

    private let online = #"{"type":"presence","user":"bob","status":"online","at":10}"#

    @Test func thePresentStateComesFirstThenOkThenChanges() async throws {
        let (bench, client) = try await bench()
        try client.send(#"{"type":"watch","n":3,"users":["bob"]}"#)
        #expect(client.texts() == [online, #"{"type":"ok","n":3}"#])
        #expect(bench.redis.commands("presence_interest").first?.contains("e1:boot") == true)
        bench.loop.handle([
            .presence(user: "bob", view(11, online: false)), .presence(user: "eve", view(9, online: true)),
        ])
        #expect(client.texts() == [#"{"type":"presence","user":"bob","status":"offline","at":11}"#])
        // What is late or comes twice is nothing new.
        bench.loop.handle([
            .presence(user: "bob", view(11, online: false)), .presence(user: "bob", view(8, online: true)),
        ])
        #expect(client.texts().isEmpty)
        try client.send(#"{"type":"unwatch","n":4,"users":["bob","nobody"]}"#)
        #expect(client.texts() == [#"{"type":"ok","n":4}"#])
        bench.loop.handle([.presence(user: "bob", view(12, online: true))])
        #expect(client.texts().isEmpty)
    }

    @Test func framesAreDoneInTheirOrder() async throws {
        let (bench, client) = try await bench()
        bench.redis.holdBack()
        try client.send(#"{"type":"watch","n":1,"users":["bob"]}"#)
        try client.send(#"{"type":"unwatch","n":2,"users":["bob"]}"#)
        #expect(client.texts().isEmpty)
        bench.redis.answer()
        bench.eventLoop.run()
        #expect(client.texts() == [online, #"{"type":"ok","n":1}"#, #"{"type":"ok","n":2}"#])
        bench.loop.handle([.presence(user: "bob", view(12, online: false))])
        #expect(client.texts().isEmpty)
    }

    @Test func aPushThatOvertakesTheAnswerHolds() async throws {
        let (bench, client) = try await bench()
        bench.redis.holdBack()
        try client.send(#"{"type":"watch","n":1,"users":["bob"]}"#)
        bench.loop.handle([.presence(user: "bob", view(12, online: false))])
        #expect(client.texts().isEmpty)
        bench.redis.answer()
        bench.eventLoop.run()
        #expect(
            client.texts() == [
                #"{"type":"presence","user":"bob","status":"offline","at":12}"#, #"{"type":"ok","n":1}"#,
            ])
    }

    @Test func whatWasMissedIsReadAgainAfterTheStreamWasNotFollowed() async throws {
        let (bench, client) = try await bench()
        try client.send(#"{"type":"watch","n":1,"users":["bob"]}"#)
        _ = client.texts()
        bench.redis.answers("presence_interest", with: reply(view(20, online: false)))
        bench.loop.checkAll()
        for _ in 1...2 { bench.loop.watching.tick(incarnation: "e1:boot") }
        bench.eventLoop.run()
        #expect(client.texts() == [#"{"type":"presence","user":"bob","status":"offline","at":20}"#])
    }

    @Test func aNewIncarnationSaysItsInterestAnew() async throws {
        let (bench, client) = try await bench()
        try client.send(#"{"type":"watch","n":1,"users":["bob"]}"#)
        bench.loop.adopt("e1:next")
        for _ in 1...2 { bench.loop.watching.tick(incarnation: "e1:next") }
        bench.eventLoop.run()
        #expect(bench.redis.commands("presence_interest").last?.contains("e1:next") == true)
    }

    @Test func whoMayNotBeSeenIsNamedAndNobodyIsWatched() async throws {
        let (bench, client) = try await bench([])
        bench.redis.answers("ZMSCORE", with: .array([.status("5"), .null]))
        bench.redis.answers("HKEYS", with: .array([]))
        try client.send(#"{"type":"watch","n":1,"users":["bob","eve","alice"]}"#)
        let texts = client.texts()
        #expect(texts.count == 1)
        #expect(texts.first?.contains(#""n":1,"code":"forbidden""#) == true)
        #expect(texts.first?.contains("eve") == true && texts.first?.contains("bob") == false)
        #expect(bench.redis.commands("presence_interest").isEmpty)
        bench.redis.answers("HKEYS", with: .array([.status("team")]))
        bench.redis.answers("SMISMEMBER", with: .array([.integer(1), .integer(1)]))
        try client.send(#"{"type":"watch","n":2,"users":["bob","eve","alice"]}"#)
        #expect(client.texts().last == #"{"type":"ok","n":2}"#)
        #expect(bench.redis.commands("SMISMEMBER").last == ["SMISMEMBER", "sb:{g:team}:members", "alice", "eve"])
    }

    @Test func nobodyMayBeSeenButOneself() async throws {
        let (bench, client) = try await bench(["--presence-policy", "nobody"])
        try client.send(#"{"type":"watch","n":1,"users":["bob"]}"#)
        #expect(client.texts().first?.contains("forbidden") == true)
        try client.send(#"{"type":"watch","n":2,"users":["alice"]}"#)
        #expect(client.texts().last == #"{"type":"ok","n":2}"#)
        #expect(bench.redis.commands("ZMSCORE").isEmpty)
    }

    @Test func oneselfSeesWhatOthersDoNot() async throws {
        let (bench, client) = try await bench()
        try client.send(#"{"type":"watch","n":1,"users":["alice"]}"#)
        _ = client.texts()
        var hidden = view(20, online: true)
        hidden.shown.isOnline = false
        hidden.own.mode = .invisible
        bench.loop.handle([.presence(user: "alice", hidden)])
        #expect(
            client.texts() == [
                #"{"type":"presence","user":"alice","status":"online","at":20,"state":"invisible"}"#
            ])
    }

    @Test func tooManyAreRefusedNamingTheField() async throws {
        let (_, client) = try await bench(["--presence-policy", "everyone", "--watch-limit", "3"])
        try client.send(#"{"type":"watch","n":1,"users":["a","b"]}"#)
        try client.send(#"{"type":"watch","n":2,"users":["b","c"]}"#)
        _ = client.texts()
        try client.send(#"{"type":"watch","n":3,"users":["c","d"]}"#)
        let text = client.texts().last
        #expect(text?.contains("bad_request") == true && text?.contains("'users'") == true)
        try client.send(#"{"type":"unwatch","n":4,"users":["a"]}"#)
        try client.send(#"{"type":"watch","n":5,"users":["c","d"]}"#)
        #expect(client.texts().last == #"{"type":"ok","n":5}"#)
    }

    @Test func anEdgeThatWatchesEnoughIsBusy() async throws {
        let (_, client) = try await bench(["--presence-policy", "everyone", "--watched-users-limit", "2"])
        try client.send(#"{"type":"watch","n":1,"users":["a","b","c"]}"#)
        #expect(client.texts().last?.contains(#""code":"busy""#) == true)
        try client.send(#"{"type":"watch","n":2,"users":["a","b"]}"#)
        #expect(client.texts().last == #"{"type":"ok","n":2}"#)
    }

    @Test func withoutRedisNothingIsWatched() async throws {
        let (bench, client) = try await bench()
        bench.redis.isConnected = false
        try client.send(#"{"type":"watch","n":1,"users":["bob"]}"#)
        #expect(client.texts().last?.contains(#""code":"busy""#) == true)
        bench.redis.isConnected = true
        bench.loop.handle([.presence(user: "bob", view(30, online: true))])
        #expect(client.texts().isEmpty)
    }

    @Test func aSessionThatEndsLeavesNothingBehind() async throws {
        let (bench, client) = try await bench()
        try client.send(#"{"type":"watch","n":1,"users":["bob"]}"#)
        bench.redis.holdBack()
        try client.send(#"{"type":"watch","n":2,"users":["eve"]}"#)
        try client.send(opcode: 8, [])
        client.collect()
        bench.redis.answer()
        bench.eventLoop.run()
        bench.loop.watching.tick(incarnation: "e1:boot")
        #expect(bench.loop.environment.watchedUsers == 0)
    }

    @Test func aSessionIsRegisteredToBeSeen() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        _ = try bench.session(parts.token)
        #expect(bench.redis.commands("register").last?.dropLast(3).last == "0")
    }
}
