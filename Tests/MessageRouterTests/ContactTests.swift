import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import Testing

@testable import MessageRouter

@Suite struct ContactBookTests {
    private let pair = ContactBook.Note.pair("alice", "bob")

    @Test func aPairIsNotedOnce() {
        var book = ContactBook()
        book.begin(timeline: "a")
        book.meet(pair)
        book.meet(pair)
        #expect(book.open == [pair])
        book.noted()
        book.begin(timeline: "a")
        book.meet(pair)
        #expect(book.open.isEmpty)
    }

    @Test func whatFailedIsNotedAgain() {
        var book = ContactBook()
        book.begin(timeline: "a")
        book.meet(pair)
        book.begin(timeline: "a")
        #expect(book.open.isEmpty)
        book.meet(pair)
        #expect(book.open == [pair])
    }

    @Test func anotherTimelineKnowsNothing() {
        var book = ContactBook()
        book.begin(timeline: "a")
        book.meet(pair)
        book.noted()
        book.begin(timeline: "b")
        book.meet(pair)
        #expect(book.open == [pair])
    }

    @Test func itIsBoundedAndForgetsWhatIsUsedLeast() {
        var book = ContactBook(capacity: 10)
        book.begin(timeline: nil)
        for number in 0..<100 {
            book.meet(.group("g\(number)"))
            book.noted()
            book.meet(pair)
            book.noted()
        }
        book.meet(.group("g0"))
        book.meet(pair)
        #expect(book.open == [.group("g0")])
    }
}

/// What a router notes of conversations, against a real Redis.
@Suite struct ContactTests {
    private func contacts(_ bench: RouterBench, _ user: String) async throws -> [String] {
        try await bench.redis.texts("ZRANGE", .text(bench.keys.contacts(user)), 0, -1)
    }

    private func groups(_ bench: RouterBench, _ user: String) async throws -> [String] {
        try await bench.redis.texts("HKEYS", .text(bench.keys.groups(user)))
    }

    @Test func theFirstMessageOfAPairIsNotedWithBoth() async throws {
        try await RouterBench.with { bench in
            let chat = Conversation.direct("alice", "bob")
            try await bench.route((1...5).map { RouterBench.message($0, chat, from: "alice", "\($0)") })
            #expect(try await contacts(bench, "alice") == ["bob"])
            #expect(try await contacts(bench, "bob") == ["alice"])
            try await bench.route([RouterBench.message(6, chat, from: "bob", "6")])
            #expect(bench.metrics.render().contains("router_contact_notes_total 2"))
            try await bench.route([RouterBench.message(7, .direct("eve", "eve"), from: "eve", "7")])
            #expect(try await contacts(bench, "eve").isEmpty)
        }
    }

    @Test func readMarksAndSignalsMakeNobodyAContact() async throws {
        try await RouterBench.with { bench in
            try await bench.route(
                [RouterBench.read(1, .direct("alice", "bob"), from: "alice", "0-0")],
                signals: [RouterBench.signal(2, from: "alice", to: .user("bob"))])
            #expect(try await contacts(bench, "bob").isEmpty)
        }
    }

    @Test func whoComesIntoAGroupAndLeavesItIsNoted() async throws {
        try await RouterBench.with { bench in
            try await bench.route([
                RouterBench.member(1, "team", #"{"operation":"replace","name":"t","members":["alice","bob"]}"#)
            ])
            #expect(try await groups(bench, "alice") == ["team"])
            try await bench.route([
                RouterBench.member(2, "team", #"{"operation":"add","members":["carol"]}"#),
                RouterBench.member(3, "team", #"{"operation":"remove","members":["alice"]}"#),
            ])
            #expect(try await groups(bench, "alice").isEmpty)
            #expect(try await groups(bench, "carol") == ["team"])
            try await bench.route([RouterBench.member(4, "team", #"{"operation":"delete","members":[]}"#)])
            for user in ["bob", "carol"] { #expect(try await groups(bench, user).isEmpty) }
        }
    }

    @Test func aChangeThatComesAgainLateTakesNothingAway() async throws {
        try await RouterBench.with { bench in
            let add = RouterBench.member(1, "team", #"{"operation":"replace","name":"t","members":["alice","bob"]}"#)
            let remove = RouterBench.member(2, "team", #"{"operation":"remove","members":["alice"]}"#)
            let back = RouterBench.member(3, "team", #"{"operation":"add","members":["alice"]}"#)
            try await bench.route([add, remove, back])
            for late in [remove, add, back] {
                await bench.handler.acquired(RouterBench.partition)
                try await bench.route([late])
                #expect(try await groups(bench, "alice") == ["team"])
            }
        }
    }

    @Test func theMembersOfAGroupFromBeforeAreNotedWithItsNextMessage() async throws {
        try await RouterBench.with { bench in
            try await bench.group("old", ["alice", "bob"])
            #expect(try await groups(bench, "alice").isEmpty)
            try await bench.route([RouterBench.message(10, .group("old"), from: "alice", "hi")])
            #expect(try await groups(bench, "alice") == ["old"])
            #expect(try await groups(bench, "bob") == ["old"])
            _ = try await bench.redis.execute(RedisCommand("DEL", .text(bench.keys.groups("bob"))))
            await bench.handler.acquired(RouterBench.partition)
            try await bench.route([RouterBench.message(11, .group("old"), from: "alice", "hi")])
            #expect(try await groups(bench, "bob").isEmpty, "it is done once for all")
        }
    }
}
