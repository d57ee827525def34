import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import Testing

@testable import MessageRouter

/// Batches of the log against a real Redis.
@Suite struct PartitionRouterTests {
    private let chat = Conversation.direct("alice", "bob")

    private func messages(_ batches: [EdgeBatch]) -> [EdgeBatch.Message] {
        batches.flatMap(\.items).compactMap { if case .message(let message) = $0 { message } else { nil } }
    }

    @Test(arguments: RoutingWay.allCases)
    func aMessageGoesIntoBothInboxesAndToTheEdgesOfBoth(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            try await bench.live("e1:x")
            try await bench.live("e2:y")
            try await bench.connect("alice", "e1:x")
            try await bench.connect("bob", "e2:y")
            try await bench.route([RouterBench.message(10, chat, from: "alice", #"{"a": 1}"#)])
            #expect(try await bench.inbox("alice") == [#"{"a": 1}"#])
            #expect(try await bench.inbox("bob") == [#"{"a": 1}"#])
            let told = messages(try await bench.told("e2"))
            #expect(told.count == 1)
            #expect(told.first?.id == id(10) && told.first?.device == "phone" && told.first?.from == "alice")
            #expect(told.first?.recipients.map(\.user) == ["bob"])
            #expect(messages(try await bench.told("e1")).first?.recipients.map(\.user) == ["alice"])
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func aBatchIsOneEntryForEachEdgeInTheOrderOfTheLogWithTheChain(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            try await bench.live("e1:x")
            try await bench.connect("bob", "e1:x")
            try await bench.route((1...50).map { RouterBench.message($0, chat, from: "alice", "\($0)") })
            let told = try await bench.told("e1")
            #expect(told.count == 1)
            let messages = messages(told)
            #expect(messages.map(\.id.milliseconds) == Array(1...50))
            let links = messages.flatMap(\.recipients)
            #expect(links.first?.previous == .zero)
            #expect(zip(links, links.dropFirst()).allSatisfy { $0.cursor == $1.previous })
            let key = way == .broadcast ? bench.keys.all : bench.keys.out("e1")
            let ttl = try await bench.redis.execute(RedisCommand("TTL", .text(key))).int ?? 0
            #expect((1...3600).contains(ttl))
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func aBatchThatComesAgainAppendsNothingAndHasTheEdgesLook(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            try await bench.live("e1:x")
            try await bench.connect("bob", "e1:x")
            let batch = (1...3).map { RouterBench.message(UInt64($0), chat, from: "alice", "\($0)") }
            try await bench.route(batch)
            try await bench.route(batch)
            #expect(try await bench.inbox("bob") == ["1", "2", "3"])
            let told = try await bench.told("e1")
            let last = try await bench.redis.entries(bench.keys.inbox("bob"), "message").last?.id
            #expect(told.count == 2)
            #expect(told.last?.items == [.look(user: "bob", cursor: try #require(last))])
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func aCanaryIsReturnedToItsEdgeAloneAfterAllBeforeIt(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            try await bench.live("e1:x")
            try await bench.live("e2:y")
            try await bench.connect("bob", "e1:x")
            let life = "k3x9q2"
            try await bench.route([
                RouterBench.canary(1, Canary(origin: .edge, name: "e1", life: life, number: 4)),
                RouterBench.message(2, chat, from: "alice", "1"),
                RouterBench.canary(3, Canary(origin: .edge, name: "e1", life: life, number: 5)),
                RouterBench.canary(4, Canary(origin: .router, name: "message-router", life: life, number: 1)),
            ])
            let told = try await bench.told("e1")
            #expect(told.count == 2 && messages(told).count == 1)
            #expect(
                told.last?.items == [
                    .canary(partition: RouterBench.partition, life: life, number: 4),
                    .canary(partition: RouterBench.partition, life: life, number: 5),
                ])
            #expect(try await bench.told("e2").isEmpty)
            #expect(try await bench.told("message-router").isEmpty)
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func aCanaryCountsNowhereAndIsPutIntoNoInbox(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            try await bench.live("e1:x")
            var entry = Canary(origin: .edge, name: "e1", life: "a", number: 1).entry
            entry.data = Array("something of later".utf8)
            try await bench.route([
                RouterBench.canary(1, Canary(origin: .edge, name: "e1", life: "a", number: 1)),
                StreamEntry(id: id(2), fields: StreamFields(entry.fields)),
            ])
            #expect(try await bench.told("e1").count == 1)
            let users = try await bench.redis.execute(RedisCommand("KEYS", "sb:{u:*")).array ?? []
            let dead = try await bench.redis.execute(RedisCommand("KEYS", "sb:*:dead:*")).array ?? []
            #expect(users.isEmpty && dead.isEmpty)
            let metrics = bench.metrics.render()
            for name in ["messages", "recipients", "deliveries", "edge_entries", "undeliverable"] {
                #expect(metrics.contains("router_\(name)_total 0\n"), "\(name)")
            }
            #expect(metrics.contains("router_batch_entries_count 0\n"))
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func sessionsOfDeadIncarnationsCountForNothing(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            try await bench.live("e1:new")
            try await bench.connect("bob", "e1:old")
            try await bench.connect("bob", "e9:gone")
            try await bench.route([RouterBench.message(1, chat, from: "alice", "1")])
            #expect(try await bench.inbox("bob") == ["1"])
            for edge in ["e1", "e9"] { #expect(try await bench.told(edge).isEmpty) }
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func anEdgeThatIsNewIsFoundAtOnce(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            try await bench.live("e1:x")
            try await bench.connect("bob", "e1:x")
            try await bench.route([RouterBench.message(1, chat, from: "alice", "1")])
            try await bench.live("e2:y")
            try await bench.connect("bob", "e2:y")
            try await bench.route([RouterBench.message(2, chat, from: "alice", "2")])
            let told = messages(try await bench.told("e2")).map(\.id)
            #expect(told.last == id(2))
            // What all are told is told an edge from before bob came, too.
            #expect(told.count == (way == .broadcast ? 2 : 1))
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func membersGetWhatIsSaidWhileTheyAreMembersAndNothingElse(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            let group = Conversation.group("g")
            try await bench.route([
                RouterBench.member(1, "g", #"{"operation":"replace","name":"G","members":["alice","bob"]}"#),
                RouterBench.message(2, group, from: "alice", "2"),
                RouterBench.member(3, "g", #"{"operation":"add","members":["carol"]}"#),
                RouterBench.message(4, group, from: "alice", "4"),
                RouterBench.member(5, "g", #"{"operation":"remove","members":["bob"]}"#),
                RouterBench.message(6, group, from: "alice", "6"),
                RouterBench.member(7, "g", #"{"operation":"delete","members":[]}"#),
                RouterBench.message(8, group, from: "alice", "8"),
            ])
            #expect(try await bench.inbox("alice") == ["2", "4", "6"])
            #expect(try await bench.inbox("bob") == ["2", "4"])
            #expect(try await bench.inbox("carol") == ["4", "6"])
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func aLateOwnerGivesANewMemberNothingThatWasSaidBefore(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            let group = Conversation.group("g")
            let entries = [
                RouterBench.member(1, "g", #"{"operation":"replace","name":"G","members":["alice"]}"#),
                RouterBench.message(2, group, from: "alice", "2"),
                RouterBench.member(3, "g", #"{"operation":"add","members":["bob"]}"#),
                RouterBench.message(4, group, from: "alice", "4"),
                RouterBench.member(5, "g", #"{"operation":"remove","members":["alice"]}"#),
            ]
            try await bench.route(entries)
            // Another owner starts from the beginning: the members it finds are those of the end.
            await bench.handler.acquired(RouterBench.partition)
            for entry in entries { try await bench.route([entry]) }
            #expect(try await bench.inbox("bob") == ["4"])
            #expect(try await bench.inbox("alice") == ["2", "4"])
            #expect(try await bench.redis.texts("SMEMBERS", .text(bench.keys.members("g"))) == ["bob"])
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func aGroupOfAThousandGoesInChunksWithOneBodyForEachEdge(_ way: RoutingWay) async throws {
        try await RouterBench.with(way, limits: .init(commands: 300)) { bench in
            let users = (0..<1000).map { "u\($0)" }
            try await bench.group("g", users)
            try await bench.live("e1:x")
            try await bench.live("e2:y")
            for number in 0..<1000 { try await bench.connect("u\(number)", number % 2 == 0 ? "e1:x" : "e2:y") }
            try await bench.route([
                RouterBench.message(10, .group("g"), from: "u0", "10"),
                RouterBench.message(11, .group("g"), from: "u1", "11"),
            ])
            for edge in ["e1", "e2"] {
                let messages = messages(try await bench.told(edge))
                #expect(messages.map(\.id) == [id(10), id(11)])
                #expect(messages.allSatisfy { Set($0.recipients.map(\.user)).count == 500 })
            }
            for user in ["u0", "u499", "u999"] { #expect(try await bench.inbox(user) == ["10", "11"]) }
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func aReadMarkGoesToTheOthersAndToTheReadersOwnDevices(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            try await bench.live("e1:x")
            for user in ["alice", "bob"] { try await bench.connect(user, "e1:x") }
            try await bench.route([RouterBench.read(5, chat, from: "bob", "4-0")])
            let items = try await bench.told("e1").flatMap(\.items)
            guard case .read("dm:alice:bob", "bob", "phone", id(4), let users)? = items.first, items.count == 1 else {
                Issue.record("\(items)")
                return
            }
            #expect(Set(users) == ["alice", "bob"])
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func aReadMarkInALargeGroupGoesToTheReaderOnlyAndOneOfAStrangerToNobody(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            try await bench.group("large", (0..<101).map { "u\($0)" })
            try await bench.live("e1:x")
            for user in ["u1", "u2", "eve"] { try await bench.connect(user, "e1:x") }
            try await bench.route([
                RouterBench.read(5, .group("large"), from: "u1", "4-0"),
                RouterBench.read(6, .group("large"), from: "eve", "4-0"),
            ])
            #expect(
                try await bench.told("e1").flatMap(\.items)
                    == [.read(conversation: "group:large", user: "u1", device: "phone", id: id(4), users: ["u1"])])
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func signalsReachLiveSessionsAndLeaveNothingBehind(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            try await bench.group("g", ["alice", "carol"])
            try await bench.live("e1:x")
            try await bench.connect("bob", "e1:x")
            try await bench.connect("carol", "e1:x")
            try await bench.route(
                [],
                signals: [
                    RouterBench.signal(7, from: "alice", to: .user("bob")),
                    RouterBench.signal(8, from: "alice", to: .group("g")),
                    RouterBench.signal(9, from: "bob", to: .group("g")),
                    StreamEntry(id: id(9), fields: StreamFields([])),
                ])
            let data = Array(#""typing""#.utf8)
            #expect(
                try await bench.told("e1").flatMap(\.items) == [
                    .signal(from: "alice", device: "phone", to: "user:bob", at: 7, data: data, users: ["bob"]),
                    .signal(from: "alice", device: "phone", to: "group:g", at: 8, data: data, users: ["carol"]),
                ])
            #expect(try await bench.inbox("bob").isEmpty)
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func anEntryThatCannotBeReadIsPutAsideAndTheRestGoesOn(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            let batch = [
                RouterBench.message(1, chat, from: "alice", "1"),
                StreamEntry(id: id(2), fields: StreamFields([Array("type".utf8), Array("riddle".utf8)])),
                RouterBench.member(3, "g", "no JSON"),
                RouterBench.read(4, chat, from: "bob", "no id"),
                RouterBench.message(5, chat, from: "alice", "5"),
            ]
            try await bench.route(batch)
            try await bench.route(batch)
            #expect(try await bench.inbox("bob") == ["1", "5"])
            #expect(try await bench.deadLetters().map(\.id) == [id(2), id(3), id(4)])
            #expect(bench.metrics.render().contains(#"router_dead_letters_total{reason="unreadable"} 3"#))
        }
    }

    @Test(arguments: RoutingWay.allCases)
    func anOutageThrowsAndTheBatchIsDoneWholeWhenItComesAgain(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            try await bench.live("e1:x")
            try await bench.connect("bob", "e1:x")
            let batch = (1...3).map { RouterBench.message(UInt64($0), chat, from: "alice", "\($0)") }
            // A full memory is nobody's entry's fault.
            _ = try await bench.redis.execute(RedisCommand("CONFIG", "SET", "maxmemory", "1"))
            for _ in 1...3 { await #expect(throws: RedisError.self) { try await bench.route(batch) } }
            _ = try await bench.redis.execute(RedisCommand("CONFIG", "SET", "maxmemory", "0"))
            #expect(try await bench.told("e1").isEmpty)
            try await bench.route(batch)
            #expect(try await bench.inbox("bob") == ["1", "2", "3"])
            #expect(try await bench.inbox("alice") == ["1", "2", "3"])
            #expect(messages(try await bench.told("e1")).map(\.id) == [id(1), id(2), id(3)])
            #expect(try await bench.deadLetters().isEmpty)
        }
    }
}
