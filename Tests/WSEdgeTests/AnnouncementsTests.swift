import Messaging
import NIOEmbedded
import RedisStreams
import Testing

@testable import WSEdge

@Suite struct AnnouncementsTests {
    private func retry(_ bench: Bench) {
        bench.loop.announcements.retry()
        bench.eventLoop.run()
    }

    @Test func whatPresenceHasNoRoomForIsToldLaterAndTheSessionLivesMeanwhile() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.answers("announce", with: .status("full"))
        let client = try bench.session(parts.token)
        #expect(client.texts().first?.contains("welcome") == true)
        #expect(bench.loop.announcements.count == 1)
        retry(bench)
        #expect(bench.loop.announcements.count == 1)
        bench.redis.answers("announce", with: .status("announced"))
        retry(bench)
        #expect(bench.loop.announcements.count == 0)
        #expect(bench.redis.commands("announce").count == 3)
        retry(bench)
        #expect(bench.redis.commands("announce").count == 3)
    }

    @Test func ofASessionOnlyTheLatestEventIsHeld() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.answers("announce", with: .status("full"))
        let client = try bench.session(parts.token)
        try client.send(opcode: 8, [])
        client.collect()
        #expect(bench.loop.announcements.count == 1)
        #expect(bench.loop.farewells.isIdle)
        bench.redis.answers("announce", with: .status("announced"))
        retry(bench)
        #expect(bench.redis.commands("announce").last?.contains("disconnect") == true)
    }

    @Test func aLaterEventThatCameThroughReplacesTheOneHeld() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.answers("announce", with: .status("full"))
        let client = try bench.session(parts.token)
        bench.redis.answers("announce", with: .status("announced"))
        try client.send(opcode: 8, [])
        client.collect()
        #expect(bench.loop.announcements.count == 0)
    }

    @Test func asLongAsNothingComesThroughOneIsTried() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.answers("announce", with: .status("full"))
        for number in 1...5 { _ = try bench.session(parts.token, device: "d\(number)") }
        #expect(bench.loop.announcements.count == 5)
        let before = bench.redis.commands("announce").count
        retry(bench)
        #expect(bench.redis.commands("announce").count == before + 1)
        bench.redis.answers("announce", with: .status("announced"))
        retry(bench)
        retry(bench)
        #expect(bench.loop.announcements.count == 0)
    }

    @Test func whileRedisIsAwayTheyAreKept() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.answers("announce", with: .status("full"))
        _ = try bench.session(parts.token)
        bench.redis.isConnected = false
        retry(bench)
        #expect(bench.loop.announcements.count == 1)
    }
}
