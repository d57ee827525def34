import Messaging
import RedisBench
import Synchronization
import TestStack
import Testing

@testable import RedisStreams

/// What a link that broke has left behind in Redis' sockets must not be done after what the next link sends.
@Suite struct OldLinkTests {
    /// Redis is stopped while commands are sent, for longer than they may take; the link breaks, and Redis goes on.
    @Test func nothingOfABrokenLinkIsExecutedAfterTheNextLinkIsUsed() async throws {
        let server = try await RedisServer.start()
        var configuration = try server.configuration
        configuration.replyTimeout = .milliseconds(500)
        configuration.connectTimeout = .milliseconds(500)
        let redis = RedisConnection(configuration, name: "test", logger: quiet)
        try await withRunning([redis]) {
            try await eventually("there is a link") { redis.isConnected }
            await server.suspend()
            // More than Redis reads from a socket in one go: it comes back to the rest after it has looked at other sockets.
            let padding = [UInt8](repeating: 120, count: 4000)
            let old = await redis.execute(
                (0..<2000).map { n in
                    RedisCommand(
                        "EVAL", "redis.call('SET', KEYS[1], ARGV[1]) return ARGV[2]", 1, "who", .text("old \(n)"),
                        .bytes(padding))
                })
            #expect(old.contains { if case .failure = $0 { true } else { false } })
            try await eventually("the link is gone") { !redis.isConnected }
            await server.resume()
            try await eventually("there is a link") { redis.isConnected }
            _ = try await redis.execute(RedisCommand("SET", "who", "new"))
            // A sign that Redis has looked at all of its sockets since.
            for _ in 0..<50 { #expect(try await redis.execute(RedisCommand("GET", "who")).string == "new") }
        }
        try await server.kill()
    }

    @Test func anIdleLinkThatIsCutWithoutAWordIsNoticed() async throws {
        let server = try await RedisServer.start()
        var configuration = try server.configuration
        configuration.replyTimeout = .milliseconds(300)
        let redis = RedisConnection(configuration, name: "test", logger: quiet)
        try await withRunning([redis]) {
            try await eventually("there is a link") { redis.isConnected }
            await server.suspend()
            try await eventually("the link is gone") { !redis.isConnected }
            await server.resume()
            try await eventually("there is a link") { redis.isConnected }
        }
        try await server.kill()
    }

    @Test func aLinkIsKnownByWhatRedisCallsIt() async throws {
        let server = try await RedisServer.start()
        let link = try HiredisLink.connect(try server.configuration, name: "a b", scripts: [])
        let (found, timeline) = (link.identity, link.timeline)
        let identity = try #require(found)
        #expect(try await server.cli("CLIENT", "LIST", "ID", identity.id).contains("addr=\(identity.address) "))
        #expect(try await server.cli("CLIENT", "LIST", "ID", identity.id).contains("name=a_b "))
        #expect(timeline.count == 40)
        try await server.kill()
    }
}
