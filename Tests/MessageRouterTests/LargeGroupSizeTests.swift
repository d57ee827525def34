import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import Testing

@testable import MessageRouter

/// From how many members on a group is large, where that is set.
@Suite struct LargeGroupSizeTests {
    // MARK: The setting

    private func configuration(_ environment: [String: String]) throws -> MessageRouterConfiguration {
        let given = ["AUTH_JWT_SECRET": String(repeating: "s", count: 32)].merging(environment) { $1 }
        return try MessageRouterConfiguration(
            Settings(declared: MessageRouterConfiguration.settings, arguments: [], environment: given))
    }

    @Test func aGroupIsLargeBeyondAThousandUnlessSomethingElseIsSet() throws {
        #expect(try configuration([:]).largeGroup == LargeGroupSize(limit: 1000))
        #expect(try configuration(["LARGE_GROUP": "50"]).largeGroup == LargeGroupSize(limit: 50))
    }

    @Test func itIsLargeNoMoreAtFourFifthsOfThat() {
        #expect([10, 11, 50, 1000, 10_000].map { LargeGroupSize(limit: $0).back } == [8, 8, 40, 800, 8000])
    }

    @Test(arguments: ["10", "10000"]) func theBoundsThemselvesAreTaken(_ text: String) throws {
        #expect(try configuration(["LARGE_GROUP": text]).largeGroup.limit == Int(text))
    }

    @Test(arguments: ["9", "10001", "0", "-50", "many", "1e3"])
    func whatIsOutOfBoundsIsNamedWithTheRemedy(_ text: String) {
        let error = #expect(throws: SettingsError.self) { try configuration(["LARGE_GROUP": text]) }
        let description = error?.description ?? ""
        #expect(description.contains("LARGE_GROUP") && description.contains("\"\(text)\""))
        #expect(description.contains("give a whole number from 10 to 10000 members"))
    }

    // MARK: The script

    @Test func theScriptTurnsAGroupAtTheSizeItIsGiven() async throws {
        try await withRedis { redis, _ async throws in
            func apply(
                _ version: UInt64, _ operation: MembershipChange.Operation, _ users: Range<Int>
            ) async throws -> Bool? {
                let change = MembershipChange(operation: operation, members: users.map { "u\($0)" })
                let reply = try ApplyMembershipScript.reply(
                    await redis.execute(
                        ApplyMembershipScript.command(
                            keys: Keys(), group: "g", version: id(version), change: change, size: .init(limit: 50))))
                guard case .applied(_, let isLarge, _) = reply else { return nil }
                return isLarge
            }
            #expect(try await apply(1, .replace, 0..<50) == false)
            #expect(try await apply(2, .add, 50..<51) == true)
            #expect(try await apply(3, .remove, 0..<10) == true)
            #expect(try await apply(4, .remove, 10..<11) == false)
            #expect(try await apply(5, .add, 0..<10) == false)
            #expect(try await apply(6, .add, 10..<11) == true)
        }
    }

    // MARK: The router

    private let group = Conversation.group("g")

    private func change(_ operation: String, _ users: [String]) -> String {
        let names = users.map { "\"\($0)\"" }.joined(separator: ",")
        return "{\"operation\":\"\(operation)\",\"name\":\"Team\",\"members\":[\(names)]}"
    }

    private func log(_ bench: RouterBench) async throws -> [String] {
        try await bench.redis.entries(bench.keys.feedLog(Feed(group: "g")), "data").map {
            String(decoding: $0.value, as: UTF8.self)
        }
    }

    private func isLarge(_ bench: RouterBench) async throws -> Bool {
        try await bench.redis.execute(RedisCommand("HEXISTS", .text(bench.keys.group("g")), "large")).int == 1
    }

    @Test func messagesGoIntoTheLogFromTheMemberOnThatIsOneTooManyAndBackAtFourFifths() async throws {
        try await RouterBench.with(largeGroup: .init(limit: 50)) { bench in
            let now = try await bench.now()
            let users = (0..<49).map { "u\($0)" } + ["alice"]
            try await bench.route([
                RouterBench.member(now, "g", change("replace", users)),
                RouterBench.message(now + 1, group, from: "alice", "1"),
                RouterBench.member(now + 2, "g", change("add", ["bob"])),
                RouterBench.message(now + 3, group, from: "alice", "2"),
                RouterBench.member(now + 4, "g", change("remove", Array(users.prefix(10)))),
                RouterBench.message(now + 5, group, from: "alice", "3"),
                RouterBench.member(now + 6, "g", change("remove", ["u10"])),
                RouterBench.message(now + 7, group, from: "alice", "4"),
            ])
            #expect(try await bench.inbox("alice") == ["1", "4"])
            #expect(try await bench.inbox("u0") == ["1"])
            #expect(try await bench.inbox("bob") == ["4"])
            #expect(try await log(bench) == ["2", "", "3", ""])
            #expect(try await !isLarge(bench))
        }
    }

    @Test func aHigherSizeKeepsGroupsOfManyHundredsMoreInInboxes() async throws {
        try await RouterBench.with(largeGroup: .init(limit: 1500)) { bench in
            let now = try await bench.now()
            // More members than a step of Redis takes at once.
            let users = (0..<1499).map { "u\($0)" } + ["alice"]
            try await bench.route([
                RouterBench.member(now, "g", change("replace", users)),
                RouterBench.message(now + 1, group, from: "alice", "1"),
                RouterBench.member(now + 2, "g", change("replace", users.reversed())),
                RouterBench.message(now + 3, group, from: "alice", "2"),
            ])
            for user in ["alice", "u0", "u1498"] { #expect(try await bench.inbox(user) == ["1", "2"]) }
            for staged in [now, now + 2] {
                let key = RedisArgument.text(bench.keys.stagedMembers("g", id(staged)))
                #expect(try await bench.redis.execute(RedisCommand("EXISTS", key)).int == 0)
            }
            #expect(try await !isLarge(bench))
            try await bench.route([
                RouterBench.member(now + 4, "g", change("add", ["bob"])),
                RouterBench.message(now + 5, group, from: "alice", "3"),
            ])
            #expect(try await bench.inbox("alice") == ["1", "2"])
            #expect(try await log(bench) == ["3"])
        }
    }

    @Test func theRouterThatAppliesAChangeDecidesAndEveryOtherOneFollows() async throws {
        try await withRedis { redis, server async throws in
            let low = RouterBench(redis, server, largeGroup: .init(limit: 20))
            let high = RouterBench(redis, server)
            let now = try await low.now()
            let users = (0..<29).map { "u\($0)" } + ["alice"]
            func route(_ bench: RouterBench, _ entries: [StreamEntry]) async throws {
                // As when the lease goes over.
                await bench.handler.acquired(RouterBench.partition)
                try await bench.route(entries)
            }
            try await route(low, [RouterBench.member(now, "g", change("replace", users))])
            #expect(try await isLarge(low))
            // What a router would have decided is no matter until there is something to decide.
            try await route(high, [RouterBench.message(now + 1, group, from: "alice", "1")])
            #expect(try await log(high) == ["1"])
            try await route(
                high,
                [
                    RouterBench.member(now + 2, "g", change("add", ["bob"])),
                    RouterBench.message(now + 3, group, from: "alice", "2"),
                ])
            #expect(try await !isLarge(high))
            try await route(low, [RouterBench.message(now + 4, group, from: "alice", "3")])
            #expect(try await low.inbox("bob") == ["2", "3"])
            // Also one that changes nobody.
            try await route(
                low,
                [
                    RouterBench.member(now + 5, "g", change("add", ["bob"])),
                    RouterBench.message(now + 6, group, from: "alice", "4"),
                ])
            #expect(try await isLarge(low))
            // A change that was applied before is not decided anew.
            try await route(high, [RouterBench.member(now + 5, "g", change("add", ["bob"]))])
            #expect(try await isLarge(high))
            #expect(try await low.inbox("bob") == ["2", "3"])
            #expect(try await log(low).filter { $0 != "" } == ["1", "4"])
        }
    }
}
