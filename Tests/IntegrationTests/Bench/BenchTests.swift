import Foundation
import TestStack
import Testing

extension IntegrationTests {
    /// The test bench itself: what the other suites lean on.
    @Suite struct Bench {
        @Test func redisKeepsItsDataOverAKill() async throws {
            let redis = try await RedisServer.start(password: "a secret")
            #expect(try await redis.cli("CONFIG", "GET", "maxmemory-policy").contains("noeviction"))
            try await redis.cli("SET", "kept", "yes")
            // everysec: what is not yet in the file is in it after this.
            try await redis.cli("WAITAOF", "0", "0", "0")
            try await redis.stop()
            try await redis.restart()
            #expect(try await redis.cli("GET", "kept") == "yes")
            try await redis.kill()
            try await redis.restart()
            #expect(try await redis.cli("GET", "kept") == "yes")
            try await redis.stop()
        }

        @Test func postgresAsksForAPasswordAndKeepsItsData() async throws {
            let postgres = try await PostgresServer.start(authentication: .scram)
            try await postgres.sql("CREATE TABLE kept (value text)")
            try await postgres.sql("INSERT INTO kept VALUES ('yes')")
            try await postgres.kill()
            try await postgres.restart()
            #expect(try await postgres.sql("SELECT value FROM kept") == ["yes"])
            try await postgres.stop()
        }

        @Test func aChildThatIsDroppedIsEnded() async throws {
            let log = try TemporaryFolders.make("sleep") + "/sleep.log"
            var child: ChildProcess? = try await ChildProcess.start("sleep", .init("/bin/sleep", ["100"]), log: log)
            let pid = try #require(child?.pid)
            #expect(kill(pid, 0) == 0)
            child = nil
            try await eventually("the child is gone", holds: { kill(pid, 0) != 0 })
        }

        @Test func aChildTakesTheSignalsThatEndIt() async throws {
            let log = try TemporaryFolders.make("sleep") + "/sleep.log"
            let child = try await ChildProcess.start("sleep", .init("/bin/sleep", ["100"]), log: log)
            #expect(try await child.end(SIGTERM) == -SIGTERM)
        }

        @Test func aWaitThatIsInVainSaysWhatItWaitedFor() async throws {
            await #expect(throws: TestStackError.self) {
                try await eventually("the impossible", within: .milliseconds(50), holds: { false })
            }
        }
    }
}
