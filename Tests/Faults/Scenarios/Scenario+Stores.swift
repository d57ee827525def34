import TestStack

/// Redis or Postgres dies or stands still.
extension Scenario {
    static let stores: [Scenario] = [
        Scenario("redis-killed", "Redis: SIGKILL, started again after 3 s") { scene in
            try await scene.trafficFlows()
            try await scene.fault("Redis killed", for: .seconds(3)) {
                try await scene.stack.redis.kill()
            } end: {
                try await scene.stack.redis.restart()
            }
        },
        Scenario("redis-paused", "Redis: stopped for 10 s") { scene in
            try await scene.trafficFlows()
            try await scene.fault("Redis paused", for: .seconds(10)) {
                await scene.stack.redis.suspend()
            } end: {
                await scene.stack.redis.resume()
            }
        },
        Scenario("postgres-killed", "Postgres: SIGKILL, away for 30 s") { scene in
            try await scene.trafficFlows()
            try await scene.fault("Postgres killed", for: .seconds(30)) {
                try await scene.stack.postgres.kill()
            } end: {
                try await scene.stack.postgres.restart()
            }
        },
    ]

    /// History is held back until it has a hundred seconds of traffic before it, which four times the traffic fills; then Redis dies.
    static let redisKilledWhileHistoryIsBehind = Scenario(
        "redis-killed-behind", "Redis: SIGKILL while history is 100,000 entries behind"
    ) { scene in
        let backlog = Int(scene.rate * 100)
        try await scene.trafficFlows()
        try await scene.fault("history held back, then Redis killed") {
            await scene.stack.history.suspend()
            try await eventually("history is \(backlog) entries behind", within: .seconds(300)) {
                try await Task.sleep(for: .milliseconds(500))
                return (await scene.readLag()?.history ?? 0) >= backlog
            }
            try await scene.stack.redis.kill()
            try await Task.sleep(for: .seconds(3))
            try await scene.stack.redis.restart()
            await scene.stack.history.resume()
        }
    }
    .with { scenario in
        scenario.traffic = { $0.rate *= 4 }
        // What an inbox no longer has is fetched from history, which is held back: so nothing is to fall out of it.
        scenario.stack = { $0.environments["message-router"] = ["INBOX_CAPACITY": "100000"] }
    }

    /// The disk that Redis writes its log to is full for 10 s: it refuses writes, and clients are told `busy`.
    static let fullDisk = Scenario(
        "redis-disk-full", "Redis: its disk is full for 10 s (MISCONF)", stack: { $0.redisDisk = 1024 }
    ) { scene in
        try await scene.trafficFlows()
        try await scene.fault("Redis' disk full", for: .seconds(10)) {
            try await scene.stack.redis.fillDisk()
        } end: {
            try await scene.stack.redis.freeDisk()
        }
    }
    .with { scenario in
        scenario.obstacle = { await RedisServer.diskObstacle() }
        scenario.check = { $0.refusals["busy"] == nil ? ["no client was told busy while the disk was full"] : [] }
    }
}
