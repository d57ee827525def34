import NIOCore
import NIOEmbedded
import Testing

@testable import WSEdge

/// An event loop that goes away.
@Suite struct LoopDrainTests {
    @Test func withoutRedisItDoesNotWaitForItAllTheTimeThatSessionsHave() async throws {
        let parts = try await Bench.Parts()
        try drainWithoutRedis(parts)
    }

    private func drainWithoutRedis(_ parts: Bench.Parts) throws {
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        bench.redis.isConnected = false
        try client.channel.close().wait()
        bench.eventLoop.run()
        #expect(!bench.loop.farewells.isIdle && bench.loop.connections.isEmpty)
        let done = bench.eventLoop.makePromise(of: Void.self)
        bench.loop.drain(
            LoopDrain.Plan(
                pace: DrainPace(sessions: 0, time: .hours(1)), targets: .unknown, routes: nil, time: .hours(1),
                farewell: .zero), done)
        var isDone = false
        done.futureResult.assumeIsolated().whenComplete { _ in isDone = true }
        bench.eventLoop.run()
        #expect(isDone)
        if !isDone { done.succeed() }
    }
}
