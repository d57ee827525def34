import TestStack
import Testing

extension IntegrationTests {
    /// Starting with wrong settings or with something missing.
    @Suite(.serialized) struct Start {
        private let secret = "a secret that is long enough to sign tokens with"

        /// Starts a program that is to refuse, and returns its exit code and output.
        private func refusal(
            _ program: String, _ environment: [String: String]
        ) async throws -> (code: Int32, output: String) {
            let service = try ServiceProcess(program, environment: environment)
            try await service.launch()
            let code = try await service.waitForEnd()
            return (code, await service.output)
        }

        @Test(arguments: ["ws-edge", "message-router", "presence", "history"])
        func withoutASecretNothingStarts(_ program: String) async throws {
            let result = try await refusal(
                program,
                ["REDIS_URL": "redis://127.0.0.1:1", "DATABASE_URL": "postgres://127.0.0.1:1/x", "EDGE_ID": "e"])
            #expect(result.code != 0)
            #expect(result.output.contains("AUTH_JWT_SECRET"))
        }

        @Test(arguments: ["ws-edge", "message-router", "presence", "history"])
        func aWrongRedisURLIsNamed(_ program: String) async throws {
            let result = try await refusal(
                program,
                [
                    "REDIS_URL": "http://example", "AUTH_JWT_SECRET": secret, "EDGE_ID": "e",
                    "DATABASE_URL": "postgres://u@127.0.0.1:1/x",
                ])
            #expect(result.code != 0)
            #expect(result.output.contains("REDIS_URL"))
            #expect(result.output.contains("redis://"), "the remedy is missing")
        }

        @Test func aWrongDatabaseURLIsNamed() async throws {
            let redis = try await RedisServer.start()
            let result = try await refusal(
                "history", ["REDIS_URL": redis.url, "AUTH_JWT_SECRET": secret, "DATABASE_URL": "mysql://x"])
            #expect(result.code != 0)
            #expect(result.output.contains("DATABASE_URL"))
            try await redis.stop()
        }

        @Test(arguments: ["ws-edge", "message-router", "history"])
        func aRuleOverTopicsThatCannotBeReadIsNamed(_ program: String) async throws {
            let result = try await refusal(
                program,
                [
                    "REDIS_URL": "redis://127.0.0.1:1", "DATABASE_URL": "postgres://u@127.0.0.1:1/x", "EDGE_ID": "e",
                    "AUTH_JWT_SECRET": secret, "TOPIC_RULES": "news publish=scope:editor; staff.* publish=them",
                ])
            #expect(result.code != 0)
            #expect(result.output.contains("TOPIC_RULES"))
            #expect(result.output.contains("staff.* publish=them"), "the rule is not said")
            #expect(result.output.contains("everyone, nobody or scope:<name>"), "the remedy is missing")
        }

        @Test func aSettingOutOfRangeIsNamed() async throws {
            let result = try await refusal(
                "ws-edge",
                [
                    "REDIS_URL": "redis://127.0.0.1:1", "AUTH_JWT_SECRET": secret, "EDGE_ID": "e", "PARTITIONS": "0",
                ])
            #expect(result.code != 0)
            #expect(result.output.contains("PARTITIONS"))
        }

        @Test(arguments: ["ws-edge", "message-router", "presence"])
        func otherPartitionsThanTheLogWasMadeWithAreRefused(_ program: String) async throws {
            let redis = try await RedisServer.start()
            let environment = ["REDIS_URL": redis.url, "AUTH_JWT_SECRET": secret, "EDGE_ID": "e"]
            let first = try ServiceProcess("message-router", environment: environment)
            try await first.start()
            var other = environment
            other["PARTITIONS"] = "8"
            let result = try await refusal(program, other)
            #expect(result.code != 0)
            #expect(result.output.contains("PARTITIONS"))
            #expect(result.output.contains("16"), "what the log was made with is not said")
            try await first.stop()
            try await redis.stop()
        }

        @Test func aWrongRedisPasswordIsSaid() async throws {
            let redis = try await RedisServer.start(password: "right")
            let service = try ServiceProcess(
                "presence",
                environment: ["REDIS_URL": "redis://:wrong@127.0.0.1:\(redis.port)", "AUTH_JWT_SECRET": secret])
            try await service.launch()
            try await eventually("the log names the cause") {
                let output = await service.output
                return output.contains("WRONGPASS") || output.contains("password")
            }
            let output = await service.output
            #expect(!output.contains(":wrong@"), "the password is in the log")
            try await service.kill()
            try await redis.stop()
        }

        @Test func aRedisThatMayEvictIsComplainedOf() async throws {
            let redis = try await RedisServer.start(settings: ["--maxmemory-policy", "allkeys-lru"])
            let service = try ServiceProcess(
                "message-router", environment: ["REDIS_URL": redis.url, "AUTH_JWT_SECRET": secret])
            try await service.launch()
            try await eventually("the log names the setting") { await service.output.contains("noeviction") }
            try await service.kill()
            try await redis.stop()
        }

        @Test func historyWaitsForAPostgresThatIsNotThereYet() async throws {
            let redis = try await RedisServer.start()
            let port = try FreePort.next()
            let service = try ServiceProcess(
                "history",
                environment: [
                    "REDIS_URL": redis.url, "AUTH_JWT_SECRET": secret,
                    "DATABASE_URL": "postgres://switchboard:correct%20horse@127.0.0.1:\(port)/switchboard",
                ])
            try await service.launch()
            try await eventually("it says that Postgres is missing") {
                if let answer = try? await HTTPClient.get("\(service.url)/readyz") { return answer.status == 503 }
                return await service.output.lowercased().contains("postgres")
            }
            let postgres = try await PostgresServer.start(authentication: .scram, port: port)
            try await service.waitUntilReady()
            #expect(try await service.stop() == 0)
            try await postgres.stop()
            try await redis.stop()
        }

        @Test func twoHistoriesMayStartAtOnce() async throws {
            async let redis = RedisServer.start()
            let postgres = try await PostgresServer.start()
            let environment = [
                "REDIS_URL": try await redis.url, "AUTH_JWT_SECRET": secret, "DATABASE_URL": postgres.url,
            ]
            let services = try (1...2).map {
                try ServiceProcess("history", name: "history-\($0)", environment: environment)
            }
            for service in services { try await service.launch() }
            for service in services { try await service.waitUntilReady() }
            for service in services { #expect(try await service.stop() == 0) }
            try await postgres.stop()
            try await redis.stop()
        }
    }
}
