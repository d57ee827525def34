import RedisBench
import RedisStreams
import ServiceLifecycle
import ServiceRuntime
import TestStack
import Testing

@testable import Presence

/// Sessions that come and go by the thousand, with the whole service and with two of them. `loadtest presence` does the same for longer.
@Suite struct ChurnTests {
    @Test(arguments: [1, 2]) func whateverComesAndGoesTheEndIsRight(_ presences: Int) async throws {
        try await withRedis { redis, server in
            var services: [any Service] = []
            for number in 1...presences {
                let values = try Settings(
                    declared: PresenceConfiguration.settings, arguments: [],
                    environment: [
                        "REDIS_URL": server.url, "AUTH_JWT_SECRET": String(repeating: "churn-", count: 8), "PORT": "0",
                        "GRACE": "300ms", "INSTANCE": "p\(number)",
                    ])
                services += try await PresenceServer(
                    ServiceContext(service: "presence", settings: values, logger: quiet), PresenceConfiguration(values)
                ).services
            }
            var plan = ChurnPlan()
            plan.users = 300
            plan.operations = 4000
            plan.rate = 0
            plan.doomed = 500
            plan.lease = .seconds(3)
            plan.seed = UInt64(presences)
            let driver = ChurnDriver(redis: redis, plan: plan)
            try await withRunning(services) {
                try await driver.run()
                let result = try await driver.judge(within: .seconds(120))
                #expect(result.isRight, "\(result)")
                #expect(result.transitions >= 500 * 2 + 300)
            }
        }
    }
}
