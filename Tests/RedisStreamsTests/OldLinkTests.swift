import Foundation
import RedisBench
import TestStack
import Testing

@testable import RedisStreams

/// What a link that broke has left behind in Redis' sockets must not be done after what the next link sends.
@Suite struct OldLinkTests {
    /// Redis is stopped while commands are sent, for longer than they may take. The old link is held open meanwhile, as by something in between that has
    /// not noticed yet.
    @Test func nothingOfABrokenLinkIsExecutedAfterTheNextLinkIsUsed() async throws {
        let server = try await RedisServer.start()
        let pid = try #require(await server.pid)
        var configuration = try server.configuration
        configuration.replyTimeout = .milliseconds(500)
        let waiting = configuration
        // More than Redis reads from a socket in one go: it comes back to the rest after it has looked at other sockets.
        let padding = [UInt8](repeating: 120, count: 3000)
        let values = await onThread(named: "links") { () -> Set<String> in
            var values: Set<String> = []
            do throws(RedisError) {
                let old = try HiredisLink.connect(waiting, name: "old", scripts: [])
                kill(pid, SIGSTOP)
                for _ in 0..<1000 {
                    try old.append(
                        RedisCommand(
                            "EVAL", "return redis.call('SET', KEYS[1], ARGV[1])", 1, "who", "old", .bytes(padding)))
                }
                #expect(throws: RedisError.self) { try old.reply() }
                kill(pid, SIGCONT)
                let new = try HiredisLink.connect(waiting, name: "new", scripts: [], after: old.identity)
                _ = try new.call(RedisCommand("SET", "who", "new"))
                for _ in 0..<2000 { values.insert(try new.call(RedisCommand("GET", "who")).string ?? "") }
                #expect(old.identity != new.identity)
            } catch {
                Issue.record(error)
            }
            return values
        }
        #expect(values == ["new"])
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
