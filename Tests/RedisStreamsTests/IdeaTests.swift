import RedisBench
import Testing

@testable import RedisStreams

@Suite struct IdeaTests {
    @Test func everyIdeaIsOnUnlessToldOtherwise() {
        for idea in Idea.allCases { #expect(idea.isOn, "\(idea)") }
    }

    #if DEBUG
        @Test func aListNamesIdeas() {
            #expect(Idea.named(in: "") == [])
            #expect(Idea.named(in: "marks,commit-after-effect") == [.marks, .commitAfterEffect])
        }

        @Test func aNameThatIsNoIdeaEndsTheProcess() async throws {
            await #expect(processExitsWith: .failure) { _ = Idea.named(in: "marks,chains") }
        }

        @Test func withoutMarksDeliverAppendsWhatItAppendedBefore() async throws {
            let script = RedisScript("deliver", RedisScript.without(.marks, PackageResources.deliver_lua))
            try await withRedis { redis in
                for _ in 1...2 {
                    let reply = try await redis.execute(
                        RedisCommand(
                            "EVAL", .bytes(script.source), 3, "inbox", "sessions", "marks", "0", "5-0", "0-0",
                            "message", 1000, 60_000, "5-0 dm:a:b a a1\n1"))
                    #expect(reply.string?.hasPrefix("appended ") == true)
                }
            }
        }

        @Test func withoutTheVersionAnOlderChangeIsApplied() async throws {
            let script = RedisScript(
                "apply_membership", RedisScript.without(.memberVersion, PackageResources.apply_membership_lua))
            try await withRedis { redis in
                for (version, operation) in [("2-0", "replace"), ("3-0", "remove"), ("1-0", "add")] {
                    let reply = try await redis.execute(
                        RedisCommand(
                            "EVAL", .bytes(script.source), 5, "members", "group", "log", "head", "staged",
                            .text(version),
                            .text(operation), 1000, 60_000, "name", 1000, 800, "*", 10, 60_000, 60_000, .text(version),
                            "bob"))
                    #expect(reply.array?.first?.string == "applied")
                }
                #expect(try await redis.execute(RedisCommand("SISMEMBER", "members", "bob")).int == 1)
            }
        }
    #endif
}
