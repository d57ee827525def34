import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import Testing

@testable import MessageRouter

/// Groups that become large and small again, against a real Redis.
@Suite struct LargeGroupTests {
    private let feed = Feed(group: "g")
    private let crowd = (0..<999).map { "u\($0)" }

    private func change(_ operation: String, _ users: [String]) -> String {
        let names = users.map { "\"\($0)\"" }.joined(separator: ",")
        return "{\"operation\":\"\(operation)\",\"name\":\"Team\",\"members\":[\(names)]}"
    }

    private func log(_ bench: RouterBench) async throws -> [String] {
        try await bench.redis.entries(bench.keys.feedLog(feed), "data").map {
            String(decoding: $0.value, as: UTF8.self)
        }
    }

    private func note(_ bench: RouterBench, _ user: String) async throws -> String? {
        try await bench.redis.execute(RedisCommand("HGET", .text(bench.keys.feeds(user)), "g")).string
    }

    private func hears(_ bench: RouterBench, _ incarnation: String, _ user: String) async throws -> Bool {
        let interest = ReadFeedScript.Interest(incarnation: incarnation, loop: 0, lease: .seconds(60))
        let reply = try await bench.redis.execute(
            ReadFeedScript.command(
                keys: bench.keys, feed: feed, start: .now, interest: interest, count: 10, user: user))
        return try ReadFeedScript.reply(reply).isAllowed
    }

    @Test func aGroupTurnsAtTheChangeThatMakesItLargeAndBackAtTheOneThatMakesItSmall() async throws {
        try await RouterBench.with { bench in
            for incarnation in ["e1:x", "e2:y"] { try await bench.live(incarnation) }
            try await bench.connect("alice", "e1:x")
            let now = try await bench.now()
            let group = Conversation.group("g")
            try await bench.route([
                RouterBench.member(now, "g", change("replace", crowd + ["alice"])),
                RouterBench.message(now + 1, group, from: "alice", "1"),
                RouterBench.member(now + 2, "g", change("add", ["bob"])),
                RouterBench.message(now + 3, group, from: "alice", "2"),
            ])
            #expect(try await bench.inbox("alice") == ["1"])
            #expect(try await bench.inbox("bob") == [])
            #expect(try await log(bench) == ["2"])
            #expect(try await note(bench, "alice") == "in \(id(now + 2))")
            #expect(try await note(bench, "bob") == "in \(id(now + 2))")
            let told = try await bench.told("e1").flatMap(\.items)
            #expect(told.contains { if case .groups(let users) = $0 { users == ["alice"] } else { false } })
            // Once an edge hears it, it is told once for all of its members.
            #expect(try await hears(bench, "e1:x", "alice"))
            #expect(try await !hears(bench, "e2:y", "mallory"))
            try await bench.route([
                RouterBench.message(now + 4, group, from: "alice", "3"),
                RouterBench.member(now + 5, "g", change("remove", ["bob"])),
                RouterBench.member(now + 6, "g", change("remove", Array(crowd.prefix(198)))),
                RouterBench.message(now + 7, group, from: "alice", "4"),
                RouterBench.member(now + 8, "g", change("remove", ["u300", "u301"])),
                RouterBench.message(now + 9, group, from: "alice", "5"),
            ])
            #expect(try await log(bench) == ["2", "3", "", "", "4", ""])
            #expect(try await bench.inbox("alice") == ["1", "5"])
            #expect(try await bench.inbox("u400") == ["1", "5"])
            #expect(try await bench.inbox("bob") == [])
            #expect(try await note(bench, "bob") == "out \(id(now + 5))")
            #expect(try await note(bench, "alice") == "out \(id(now + 8))")
            let items = try await bench.told("e1").flatMap(\.items)
            let entries = items.compactMap { if case .feed(feed, let entry) = $0 { entry } else { nil } }
            #expect(entries.map(\.place) == [4, 5, 6, 7, 8].map { id(now + $0) })
            #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.place == $1.previous })
            #expect(entries.map(\.departure)[1] == .users(["bob"]) && entries.last?.departure == .unknown)
            #expect(try await bench.told("e2").flatMap(\.items).isEmpty)
        }
    }

    @Test func aReaderWhoComesLateChangesNothing() async throws {
        try await RouterBench.with { bench in
            try await bench.live("e1:x")
            try await bench.connect("alice", "e1:x")
            let now = try await bench.now()
            let group = Conversation.group("g")
            let batch = [
                RouterBench.member(now, "g", change("replace", crowd + ["alice"])),
                RouterBench.message(now + 1, group, from: "alice", "1"),
                RouterBench.member(now + 2, "g", change("add", ["bob"])),
                RouterBench.message(now + 3, group, from: "alice", "2"),
                RouterBench.member(now + 4, "g", change("replace", crowd.suffix(700) + ["alice"])),
                RouterBench.message(now + 5, group, from: "alice", "3"),
            ]
            try await bench.route(batch)
            // With everything as it is after the batch, and message by message.
            for start in batch.indices {
                await bench.handler.acquired(RouterBench.partition)
                try await bench.route(Array(batch[start...]))
            }
            #expect(try await bench.inbox("alice") == ["1", "3"])
            #expect(try await bench.inbox("bob") == [])
            #expect(try await log(bench) == ["2", ""])
            #expect(try await note(bench, "alice") == "out \(id(now + 4))")
        }
    }

    @Test func aSignalGoesToWhoHearsTheGroupBehindWhoLeftAndAReadMarkToTheReaderAlone() async throws {
        try await RouterBench.with { bench in
            try await bench.live("e1:x")
            try await bench.live("e2:y")
            try await bench.connect("alice", "e1:x")
            let now = try await bench.now()
            let group = Conversation.group("g")
            try await bench.route([
                RouterBench.member(now, "g", change("replace", crowd + ["alice", "bob", "carol"])),
                RouterBench.member(now + 1, "g", change("remove", ["carol"])),
            ])
            #expect(try await hears(bench, "e2:y", "bob"))
            try await bench.route(
                [RouterBench.read(now + 2, group, from: "alice", "\(id(now))")],
                signals: [
                    RouterBench.signal(5, from: "alice", to: .group("g")),
                    RouterBench.signal(6, from: "carol", to: .group("g")),
                ])
            let items = try await bench.told("e2").flatMap(\.items)
            guard case .feedLook(feed, id(now + 1))? = items.first,
                case .signal("alice", "phone", "group:g", _, _, [])? = items.last, items.count == 2
            else {
                Issue.record("\(items)")
                return
            }
            let own = try await bench.told("e1").flatMap(\.items)
            #expect(own.contains { if case .read(_, "alice", _, _, ["alice"]) = $0 { true } else { false } })
        }
    }

    @Test func manyThousandMembersAreTakenInOneChangeAndLeaveInOne() async throws {
        try await RouterBench.with { bench in
            try await bench.live("e1:x")
            let now = try await bench.now()
            let all = (0..<20_000).map { "member-\($0)" }
            try await bench.route([RouterBench.member(now, "g", change("replace", all))])
            let count = try await bench.redis.execute(RedisCommand("SCARD", .text(bench.keys.members("g"))))
            #expect(count.int == 20_000)
            #expect(try await note(bench, "member-19999") == "in \(id(now))")
            let staged = RedisArgument.text(bench.keys.stagedMembers("g", id(now)))
            #expect(try await bench.redis.execute(RedisCommand("EXISTS", staged)).int == 0)
            try await bench.route([RouterBench.member(now + 1, "g", change("delete", []))])
            #expect(try await note(bench, "member-0") == "out \(id(now + 1))")
            #expect(try await !hears(bench, "e1:x", "member-0"))
        }
    }
}
