import RedisBench
import TestStack
import Testing

@testable import RedisStreams

@Suite struct SentinelTests {
    private let url = "redis://user:word@nowhere:1/2"

    @Test func bothSettingsOrNone() throws {
        #expect(try RedisConfiguration(url: url, sentinels: [], master: nil).sentinels == nil)
        #expect(try RedisConfiguration(url: url, sentinels: ["a"], master: "m").sentinels != nil)
        for (sentinels, master, missing) in [
            (["a:1"], nil, "REDIS_SENTINEL_MASTER"), ([], "m", "REDIS_SENTINELS"),
        ] as [([String], String?, String)] {
            do {
                _ = try RedisConfiguration(url: url, sentinels: sentinels, master: master)
                Issue.record("taken")
            } catch {
                #expect(error.code == .configuration)
                #expect(error.description.contains(missing))
            }
        }
    }

    @Test(arguments: ["a:0", "a:b", "http://a:1", ":1", "a:70000", "u@a:1"])
    func whatIsNoAddressIsRefused(text: String) {
        do {
            _ = try RedisConfiguration(url: url, sentinels: [text], master: "m")
            Issue.record("taken: \(text)")
        } catch {
            #expect(error.description.contains("REDIS_SENTINELS has"))
        }
    }

    @Test func linksFollowAFailoverAndKnowThatTheTimelineIsAnother() async throws {
        let master = try await RedisServer.start(settings: ["--repl-diskless-sync-delay", "0"])
        let sentinels = try await RedisSentinels.start(master: master)
        let settings = sentinels.environment
        var configuration = try RedisConfiguration(
            url: "redis://nowhere.invalid:1",
            // The first one is not there: the next one is asked.
            sentinels: ["127.0.0.1:1"] + (settings["REDIS_SENTINELS"] ?? "").split(separator: ",").map(String.init),
            master: settings["REDIS_SENTINEL_MASTER"])
        configuration.replyTimeout = .seconds(1)
        let redis = RedisConnection(configuration, name: "test", logger: quiet)
        try await withRunning([redis]) {
            _ = try await redis.execute(RedisCommand("SET", "k", "v"))
            let before = redis.timeline
            try await master.kill()
            try await eventually("there is a link to the new timeline", within: .seconds(60)) {
                redis.isConnected && redis.timeline != before
            }
            #expect(try await redis.execute(RedisCommand("GET", "k")).string == "v")
            _ = try await redis.execute(RedisCommand("SET", "k", "w"))
            // The old master comes back, is made a replica, and is not taken for the master.
            try await master.restart()
            try await eventually("the old master is a replica", within: .seconds(60)) {
                try await master.cli("INFO", "replication").contains("role:slave")
            }
            _ = try await redis.execute(RedisCommand("SET", "k", "x"))
        }
        try await sentinels.stop()
        try await master.kill()
    }

    @Test func aReplicaIsNotTakenForTheMaster() async throws {
        let master = try await RedisServer.start()
        let replica = try await RedisServer.start(settings: ["--replicaof", "127.0.0.1", "\(master.port)"])
        let address = try replica.configuration
        await #expect(throws: RedisError.self) {
            try await onThread(named: "link") {
                Result { () throws(RedisError) in _ = try HiredisLink.connect(address, name: "link", scripts: []) }
            }.get()
        }
        try await replica.kill()
        try await master.kill()
    }
}
