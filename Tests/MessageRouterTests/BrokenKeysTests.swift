import Messaging
import RedisStreams
import ServiceRuntime
import Testing

@testable import MessageRouter

/// Users and groups whose keys in Redis are broken: what is for them is put aside, and everyone else gets theirs.
@Suite struct BrokenKeysTests {
    private let chat = Conversation.direct("alice", "bob")

    private func messages(_ batches: [EdgeBatch]) -> [EdgeBatch.Message] {
        batches.flatMap(\.items).compactMap { if case .message(let message) = $0 { message } else { nil } }
    }

    private func breaks(_ key: String, _ bench: RouterBench) async throws {
        _ = try await bench.redis.execute(RedisCommand("SET", .text(key), "not what it should be"))
    }

    private func mends(_ key: String, _ bench: RouterBench) async throws {
        _ = try await bench.redis.execute(RedisCommand("DEL", .text(key)))
    }

    @Test func aBrokenInboxKeepsNobodyElseFromTheirMessages() async throws {
        try await RouterBench.with { bench in
            try await bench.live("e1:x")
            for user in ["alice", "carol"] { try await bench.connect(user, "e1:x") }
            try await breaks(bench.keys.inbox("bob"), bench)
            var batch: [StreamEntry] = []
            for number in stride(from: UInt64(1), through: 9, by: 2) {
                batch.append(try await bench.log(RouterBench.message(number, chat, from: "alice", "\(number)")))
                batch.append(
                    try await bench.log(
                        RouterBench.message(number + 1, .direct("alice", "carol"), from: "alice", "\(number + 1)")))
            }
            try await bench.route(batch)
            #expect(try await bench.inbox("alice") == (1...10).map(String.init))
            #expect(try await bench.inbox("carol") == ["2", "4", "6", "8", "10"])
            #expect(messages(try await bench.told("e1")).map(\.id.milliseconds) == Array(1...10))
            let dead = try await bench.deadLetters()
            #expect(dead.map(\.id.milliseconds) == [1, 3, 5, 7, 9])
            #expect(dead.allSatisfy { $0.kind == .recipient && $0.users == ["bob"] })
            #expect(dead.allSatisfy { $0.reason.contains("WRONGTYPE") })
            // The first is tried as often as it takes to be sure, those after it once.
            #expect(dead.map(\.tries) == [5, 1, 1, 1, 1])
            #expect(dead[0].fields.value("data", at: 5) == Array("1".utf8))
        }
    }

    @Test func aReplayBringsItOnceWithItsOldIdAndTheChainIsWhole() async throws {
        try await RouterBench.with { bench in
            try await bench.live("e1:x")
            try await bench.connect("bob", "e1:x")
            let now = try await bench.now()
            try await bench.route([try await bench.log(RouterBench.message(now, chat, from: "alice", "0"))])
            let inbox = try await bench.redis.execute(RedisCommand("DUMP", .text(bench.keys.inbox("bob")))).data ?? []
            try await breaks(bench.keys.inbox("bob"), bench)
            try await bench.route([try await bench.log(RouterBench.message(now + 1, chat, from: "alice", "1"))])
            _ = try await bench.redis.execute(
                RedisCommand("RESTORE", .text(bench.keys.inbox("bob")), 0, .bytes(inbox), "REPLACE"))
            let newer = try await bench.log(RouterBench.message(now + 2, chat, from: "alice", "2"))
            try await bench.route([newer])
            let replay = try await bench.replay()
            try await bench.route([replay])
            // Again, as after a crash; and to another owner.
            try await bench.route([newer, replay])
            await bench.handler.acquired(RouterBench.partition)
            try await bench.route([newer, replay])
            #expect(try await bench.inbox("bob") == ["0", "2", "1"])
            #expect(try await bench.inbox("alice") == ["0", "1", "2"])
            #expect(try await bench.deadLetters().isEmpty)
            let told = messages(try await bench.told("e1"))
            #expect(told.map(\.id) == [id(now), id(now + 2), id(now + 1)])
            #expect(told.last?.conversation == "dm:alice:bob" && told.last?.from == "alice")
            let links = told.flatMap(\.recipients)
            #expect(zip(links, links.dropFirst()).allSatisfy { $0.cursor == $1.previous })
        }
    }

    @Test func aReplayThatFailsAgainIsADeadLetterAgainForTheSameUser() async throws {
        try await RouterBench.with { bench in
            try await bench.group("g", ["alice", "bob", "carol"])
            for user in ["bob", "carol"] { try await breaks(bench.keys.inbox(user), bench) }
            let now = try await bench.now()
            try await bench.route([try await bench.log(RouterBench.message(now, .group("g"), from: "alice", "1"))])
            #expect(try await Set(bench.deadLetters()[0].users) == ["bob", "carol"])
            try await mends(bench.keys.inbox("bob"), bench)
            try await bench.route([try await bench.replay()])
            let dead = try await bench.deadLetters()
            #expect(dead.map(\.users) == [["carol"]] && dead.map(\.id) == [id(now)])
            try await mends(bench.keys.inbox("carol"), bench)
            try await bench.route([try await bench.replay()])
            #expect(try await bench.deadLetters().isEmpty)
            for user in ["alice", "bob", "carol"] { #expect(try await bench.inbox(user) == ["1"]) }
        }
    }

    @Test func aBatchThatComesAgainNeitherDeliversNorPutsAsideTwice() async throws {
        try await RouterBench.with { bench in
            try await breaks(bench.keys.inbox("bob"), bench)
            let batch = try await bench.log(RouterBench.message(1, chat, from: "alice", "1"))
            try await bench.route([batch])
            await bench.handler.acquired(RouterBench.partition)
            try await bench.route([batch])
            #expect(try await bench.deadLetters().count == 1)
            // Mended meanwhile, with the marks gone too: what was put aside still is for the replay alone.
            try await mends(bench.keys.inbox("bob"), bench)
            try await mends(bench.keys.marks("bob"), bench)
            await bench.handler.acquired(RouterBench.partition)
            try await bench.route([batch])
            #expect(try await bench.inbox("bob").isEmpty)
            #expect(try await bench.inbox("alice") == ["1"])
        }
    }

    @Test func brokenMarksPutAsideAndBrokenSessionsDeliver() async throws {
        try await RouterBench.with { bench in
            try await breaks(bench.keys.marks("bob"), bench)
            try await breaks(bench.keys.sessions("carol"), bench)
            try await bench.route([
                try await bench.log(RouterBench.message(1, chat, from: "alice", "1")),
                try await bench.log(RouterBench.message(2, .direct("alice", "carol"), from: "alice", "2")),
                try await bench.log(RouterBench.read(3, .direct("alice", "carol"), from: "alice", "2-0")),
            ])
            #expect(try await bench.inbox("carol") == ["2"])
            #expect(try await bench.deadLetters().map(\.users) == [["bob"]])
        }
    }

    @Test func aBrokenGroupIsPutAsideWholeAndReplayedInOrder() async throws {
        try await RouterBench.with { bench in
            let now = try await bench.now()
            try await bench.route([
                try await bench.log(
                    RouterBench.member(now, "g", #"{"operation":"replace","name":"G","members":["alice","bob"]}"#))
            ])
            let members = try await bench.redis.execute(RedisCommand("DUMP", .text(bench.keys.members("g")))).data
            try await breaks(bench.keys.members("g"), bench)
            await bench.handler.acquired(RouterBench.partition)
            try await bench.route([
                try await bench.log(RouterBench.message(now + 1, .group("g"), from: "alice", "1")),
                try await bench.log(RouterBench.message(now + 2, chat, from: "alice", "2")),
                try await bench.log(RouterBench.member(now + 3, "g", #"{"operation":"add","members":["carol"]}"#)),
                try await bench.log(RouterBench.message(now + 4, .group("g"), from: "alice", "4")),
            ])
            #expect(try await bench.inbox("bob") == ["2"])
            let dead = try await bench.deadLetters()
            #expect(dead.map(\.id.milliseconds) == [now + 1, now + 3, now + 4])
            #expect(dead.allSatisfy { $0.kind == .group && $0.users.isEmpty })
            _ = try await bench.redis.execute(
                RedisCommand("RESTORE", .text(bench.keys.members("g")), 0, .bytes(try #require(members)), "REPLACE"))
            for _ in 1...3 { try await bench.route([try await bench.replay()]) }
            #expect(try await bench.inbox("bob") == ["2", "1", "4"])
            #expect(try await bench.inbox("carol") == ["4"])
            #expect(try await bench.deadLetters().isEmpty)
        }
    }

    @Test func aGroupThatHasChangedSinceIsNotGivenWhatWasSaidBefore() async throws {
        try await RouterBench.with { bench in
            let now = try await bench.now()
            try await bench.route([
                try await bench.log(
                    RouterBench.member(now, "g", #"{"operation":"replace","name":"G","members":["alice","bob"]}"#))
            ])
            let members = try await bench.redis.execute(RedisCommand("DUMP", .text(bench.keys.members("g")))).data
            try await breaks(bench.keys.members("g"), bench)
            await bench.handler.acquired(RouterBench.partition)
            try await bench.route([
                try await bench.log(RouterBench.message(now + 1, .group("g"), from: "alice", "1"))
            ])
            _ = try await bench.redis.execute(
                RedisCommand("RESTORE", .text(bench.keys.members("g")), 0, .bytes(try #require(members)), "REPLACE"))
            try await bench.route([
                try await bench.log(RouterBench.member(now + 2, "g", #"{"operation":"add","members":["carol"]}"#))
            ])
            try await bench.route([try await bench.replay()])
            #expect(try await bench.inbox("carol").isEmpty)
            #expect(try await bench.deadLetters().map(\.kind) == [.group])
        }
    }

    @Test func aReplayForAnotherGroupIsSkipped() async throws {
        try await RouterBench.with { bench in
            let entry = ReplayEntry(
                group: "history", id: id(1), users: [],
                fields: RouterBench.message(1, chat, from: "alice", "1").fields)
            try await bench.route([try await bench.log(StreamEntry(id: id(2), fields: StreamFields(entry.parts)))])
            #expect(try await bench.inbox("bob").isEmpty)
            #expect(try await bench.deadLetters().isEmpty)
        }
    }

    @Test func anEdgeWhoseStreamIsBrokenHoldsUpNothing() async throws {
        try await RouterBench.with { bench in
            for edge in ["e1:x", "e2:y"] { try await bench.live(edge) }
            try await bench.connect("alice", "e1:x")
            try await bench.connect("bob", "e2:y")
            try await breaks(bench.keys.out("e1"), bench)
            try await bench.route([try await bench.log(RouterBench.message(1, chat, from: "alice", "1"))])
            #expect(messages(try await bench.told("e2")).map(\.id) == [id(1)])
            #expect(try await bench.inbox("alice") == ["1"])
            #expect(bench.metrics.render().contains("router_untold_batches_total 1"))
        }
    }

    @Test func brokenEdgeRecordsAreNobodysFault() async throws {
        try await RouterBench.with { bench in
            try await bench.connect("bob", "e1:x")
            try await breaks(bench.keys.edges, bench)
            let entry = try await bench.log(RouterBench.message(1, chat, from: "alice", "1"))
            do {
                try await bench.route([entry])
                Issue.record("routed without knowing the edges")
            } catch let error as RedisError {
                #expect(error.isOutage)
                #expect(error.description.contains(bench.keys.edges))
            }
            #expect(try await bench.deadLetters().isEmpty)
        }
    }
}
