import Messaging
import Postgres
import ServiceRuntime
import Testing

@testable import History

/// What is removed for its age, against a real Postgres.
@Suite struct RetentionTests {
    private let day: Int64 = 86_400_000

    private func left(_ bench: HousekeepingBench, _ name: String) async throws -> String? {
        try await bench.value(
            """
            select string_agg(m.ms::text, ' ' order by m.ms) from history.messages m
            join history.conversations c on c.key = m.conversation where c.name = '\(name)'
            """)
    }

    private func partitions(_ bench: HousekeepingBench) async throws -> [Substring] {
        try await bench.value(
            """
            select string_agg(right(c.relname, 7), ' ' order by c.relname) from pg_inherits i
            join pg_class c on c.oid = i.inhrelid where i.inhparent = 'history.messages'::regclass
            """)?.split(separator: " ") ?? []
    }

    @Test func whatIsTooOldByItsRuleGoesAndTheRestStays() async throws {
        try await HousekeepingBench.with { bench in
            let (now, old) = (november, november - 40 * day)
            for name in ["topic:news.a", "topic:other", "group:team", "dm:a:b"] {
                let new = november - 20 * day
                try await bench.test.store([
                    message(name, from: "a", old), message(name, from: "a", new), message(name, from: "a", now - 1),
                ])
            }
            let work = try bench.retention("topic:news.=30d, group:=10d, *=never")
            #expect(try await work.run(now: now))
            #expect(try await left(bench, "topic:news.a") == "\(november - 20 * day) \(now - 1)")
            #expect(try await left(bench, "group:team") == "\(now - 1)")
            for name in ["topic:other", "dm:a:b"] {
                #expect(try await left(bench, name) == "\(old) \(november - 20 * day) \(now - 1)")
            }
            // Some are kept for ever, so no month goes.
            #expect(try await partitions(bench).contains("2026_09"))
            #expect(bench.registry.render().contains("history_retention_rows_total 3"))
        }
    }

    @Test func aRunGoesOnUntilEverythingIsGoneHoweverSmallItsSlices() async throws {
        try await HousekeepingBench.with { bench in
            let old = november - 100 * day
            for number in 0..<7 {
                try await bench.test.store((0..<11).map { message("topic:t\(number)", from: "a", old + Int64($0)) })
                try await bench.test.store([message("topic:t\(number)", from: "a", november)])
            }
            let work = try bench.retention("topic:=30d", size: .init(conversations: 3, messages: 4))
            #expect(try await work.run(now: november + 1))
            #expect(try await bench.value("select count(*) from history.messages") == "7")
            // The next one looks only at what has grown too old since.
            #expect(try await work.run(now: november + 31 * day))
            #expect(try await bench.value("select count(*) from history.messages") == "0")
        }
    }

    @Test func aMonthOfWhichNothingCanBeKeptIsDroppedAndComesBackWhenItIsNeeded() async throws {
        try await HousekeepingBench.with { bench in
            let old = november - 200 * day
            try await bench.test.store([message("dm:a:b", from: "a", old), message("dm:a:b", from: "a", november)])
            let before = try await partitions(bench)
            #expect(try await bench.retention("*=90d, group:=100d").run(now: november))
            let after = try await partitions(bench)
            #expect(after.count == before.count - 1)
            #expect(!after.contains("2026_04"))
            #expect(try await left(bench, "dm:a:b") == "\(november)")
            // As when a dead letter of then is replayed.
            try await bench.database.ensurePartitions([Month(milliseconds: old)])
            try await bench.test.store([message("dm:a:b", from: "a", old)])
            #expect(try await bench.retention("*=90d, group:=100d").run(now: november))
            #expect(try await left(bench, "dm:a:b") == "\(november)")
        }
    }

    @Test func noMonthIsDroppedBeforeItsLastMomentIsTooOld() async throws {
        try await HousekeepingBench.with { bench in
            let october = Month(milliseconds: november).advanced(by: -1)
            try await bench.test.store([message("dm:a:b", from: "a", october.start)])
            let end = october.advanced(by: 1).start
            #expect(try await bench.retention("*=10d").run(now: end + 10 * day - 1))
            #expect(try await partitions(bench).contains("2026_10"))
            #expect(try await bench.retention("*=10d").run(now: end + 10 * day))
            #expect(try await !partitions(bench).contains("2026_10"))
        }
    }

    @Test func aShorterAgeHoldsForWhatIsThere() async throws {
        try await HousekeepingBench.with { bench in
            try await bench.test.store([message("topic:t", from: "a", november - 20 * day)])
            #expect(try await bench.retention("topic:=30d").run(now: november))
            #expect(try await left(bench, "topic:t") != nil)
            #expect(try await bench.retention("topic:=10d").run(now: november))
            #expect(try await left(bench, "topic:t") == nil)
        }
    }

    @Test func aRuleThatGoesLeavesItsConversationsToTheOthersFromTheBeginning() async throws {
        try await HousekeepingBench.with { bench in
            try await bench.test.store([message("topic:legal", from: "a", november - 20 * day)])
            #expect(try await bench.retention("topic:=10d, topic:legal=never").run(now: november))
            #expect(try await left(bench, "topic:legal") != nil)
            #expect(try await bench.retention("topic:=10d").run(now: november))
            #expect(try await left(bench, "topic:legal") == nil)
        }
    }

    @Test func oneInstanceAtATimeKeepsHouse() async throws {
        try await HousekeepingBench.with { bench in
            try await bench.test.store([message("topic:t", from: "a", november - 20 * day)])
            #expect(try await bench.lease("other").slice { _ in true } == true)
            #expect(try await !bench.retention("topic:=10d").run(now: november))
            #expect(try await left(bench, "topic:t") != nil)
            await bench.lease("other").release()
            #expect(try await bench.retention("topic:=10d").run(now: november))
            #expect(try await left(bench, "topic:t") == nil)
        }
    }

    @Test func aLeaseThatLapsedIsAnothers() async throws {
        try await HousekeepingBench.with { bench in
            #expect(try await bench.lease("one").slice { _ in true } == true)
            #expect(try await bench.lease("two").slice { _ in true } == nil)
            try await bench.test.connection.script("update history.leases set until = now() - interval '1 second'")
            #expect(try await bench.lease("two").slice { _ in true } == true)
            #expect(try await bench.lease("one").slice { _ in true } == nil)
        }
    }

    @Test func queriesGoOnWhileAMonthIsToBeDropped() async throws {
        try await HousekeepingBench.with { bench in
            try await bench.test.store([message("dm:a:b", from: "a", november - 200 * day)])
            // Somebody reads the messages for a long time.
            let reader = try TestDatabase.connection(bench.test.url)
            try await reader.script("begin; select count(*) from history.messages")
            let work = try bench.retention("*=90d")
            let error = await #expect(throws: PostgresError.self) { try await work.run(now: november) }
            #expect(error?.kind == .transient)
            try? await reader.script("commit")
            #expect(try await work.run(now: november))
            #expect(try await left(bench, "dm:a:b") == nil)
        }
    }

    @Test func whatClientsSeeOfAConversationWithoutMessagesIsItsPlace() async throws {
        try await HousekeepingBench.with { bench in
            let old = november - 200 * day
            try await bench.test.store([message("dm:a:b", from: "a", old)])
            #expect(try await bench.retention("*=90d").run(now: november))
            let rows = try await bench.test.execute(ConversationsQuery(user: "b", before: .last, limit: 10))
            #expect(rows.map(\.conversation) == ["dm:a:b"])
            #expect(rows[0].last == nil)
            #expect(rows[0].unread == 0)
            let sync = try await bench.test.execute(SyncQuery(user: "b", after: .zero, through: .last, limit: 10))
            #expect(sync.isEmpty)
        }
    }

    @Test func monthsAreMadeAheadWithoutAnyMessage() async throws {
        try await HousekeepingBench.with { bench in
            let present = Month(milliseconds: WallClock.milliseconds)
            let made = try await partitions(bench)
            #expect(made.count == 3)
            for ahead in 0...MessagePartitions.ahead {
                let start = present.advanced(by: ahead).start
                let name = try await bench.value(
                    "select to_char(to_timestamp(\(start) / 1000.0) at time zone 'UTC', 'YYYY_MM')")
                #expect(made.contains { $0 == name ?? "" })
            }
        }
    }
}
