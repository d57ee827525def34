import Messaging
import RedisBench
import Testing

@testable import RedisStreams

/// The scripts against a real Redis.
@Suite struct ScriptTests {
    private let keys = Keys()

    private func id(_ milliseconds: UInt64, _ sequence: UInt64 = 0) -> MessageID {
        MessageID(milliseconds: milliseconds, sequence: sequence)
    }

    // MARK: publish

    private func entry(n: UInt64, device: String = "phone", data: String = "{}") -> LogEntry {
        LogEntry(
            kind: .message, conversation: .direct("alice", "bob"), from: "alice", device: device, n: n,
            data: Array(data.utf8))
    }

    private func publish(
        _ redis: RedisConnection, _ entry: LogEntry, _ deduplication: PublishScript.Deduplication = .counter,
        limit: Int = 1000
    ) async throws -> PublishScript.Reply {
        try PublishScript.reply(
            await redis.execute(
                PublishScript.command(
                    keys: keys, partition: 3, entry: entry, deduplication: deduplication, limit: limit)))
    }

    @Test func whatIsPublishedIsInTheLogFieldForField() async throws {
        try await withRedis { redis in
            let entry = entry(n: 5, data: #"{"a" : [1,  "\u0000"]}"#)
            guard case .accepted(let id) = try await publish(redis, entry) else {
                Issue.record("not accepted")
                return
            }
            let log = try StreamEntry.entries(await redis.execute(RedisCommand("XRANGE", .text(keys.log(3)), "-", "+")))
            #expect(log.map(\.id) == [id])
            #expect(try LogEntry(fields: log[0].fields) == entry)
        }
    }

    @Test func anEntryThatSaysMoreIsInTheLogFieldForField() async throws {
        try await withRedis { redis in
            var entry = entry(n: 5)
            entry.kind = .edit
            entry.change = LogEntry.Change(message: id(7), isAdmin: true)
            guard case .accepted = try await publish(redis, entry) else {
                Issue.record("not accepted")
                return
            }
            let log = try StreamEntry.entries(await redis.execute(RedisCommand("XRANGE", .text(keys.log(3)), "-", "+")))
            #expect(try log.map { try LogEntry(fields: $0.fields) } == [entry])
        }
    }

    @Test func aMessageOfAUsersOnlyDeviceSaysThatNobodyElseReadsTheirInbox() async throws {
        try await withRedis { redis in
            func publishedAlone(_ entry: LogEntry, _ deduplication: PublishScript.Deduplication = .counter) async throws
                -> Bool
            {
                guard case .accepted(let id) = try await publish(redis, entry, deduplication) else {
                    throw RedisError(.server("TEST"), "not accepted")
                }
                let command = RedisCommand("XRANGE", .text(keys.log(3)), id.argument, id.argument)
                return try LogEntry(fields: StreamEntry.entries(await redis.execute(command))[0].fields).isAlone
            }
            func note(_ device: String) async throws {
                _ = try await redis.execute(
                    RedisCommand("HSET", .text(keys.devices("alice")), .text(device), "1-0 1 1-0"))
            }
            // Of whom no device is known it is not known either.
            #expect(try await !publishedAlone(entry(n: 1)))
            try await note("phone")
            #expect(try await publishedAlone(entry(n: 2)))
            #expect(try await !publishedAlone(entry(n: 1, device: "tablet")))
            #expect(try await !publishedAlone(entry(n: 0, device: ""), .idempotencyKey("k")))
            var edit = entry(n: 3)
            edit.kind = .edit
            edit.change = LogEntry.Change(message: id(7))
            #expect(try await !publishedAlone(edit))
            try await note("tablet")
            #expect(try await !publishedAlone(entry(n: 4)))
        }
    }

    @Test func countersThatWereKeptAsASortedSetStillTellRepeats() async throws {
        try await withRedis { redis in
            let key = keys.sent(3, user: "alice", device: "phone")
            for n in 3...6 {
                _ = try await redis.execute(
                    RedisCommand("ZADD", .text(key), .integer(Int64(n)), .text("\(n):100-\(n)")))
            }
            #expect(try await publish(redis, entry(n: 5)) == .duplicate(id(100, 5)))
            guard case .accepted = try await publish(redis, entry(n: 7)) else {
                Issue.record("not accepted")
                return
            }
            #expect(try await publish(redis, entry(n: 3)) == .duplicate(id(100, 3)))
        }
    }

    @Test func whatTellsRepeatsIsKeptForADayFromTheLastMessageOn() async throws {
        try await withRedis { redis in
            let key = keys.sent(3, user: "alice", device: "phone")
            func left() async throws -> Int64 { try await redis.execute(RedisCommand("TTL", .text(key))).int ?? -9 }
            _ = try await publish(redis, entry(n: 1))
            #expect(try await left() > 96_000)
            // Within the same span of time it is left as it is, in a later one it is set anew. Spans end every 10,000 s: not just here.
            _ = try await redis.execute(RedisCommand("EXPIRE", .text(key), 90_000))
            _ = try await publish(redis, entry(n: 2))
            let kept = try await left()
            _ = try await redis.execute(RedisCommand("LSET", .text(key), -1, "2:1000000000000-0"))
            _ = try await publish(redis, entry(n: 3))
            #expect(try await left() > 96_000)
            #expect(kept <= 90_000)
        }
    }

    @Test func countersThatLeaveSomeOutTellTheLast64AsWell() async throws {
        try await withRedis { redis in
            // As of a client that counts by the clock: all with the same remainders.
            let counters = (1...200).map { UInt64($0) * 6400 }
            var ids: [MessageID] = []
            for n in counters {
                guard case .accepted(let id) = try await publish(redis, entry(n: n)) else {
                    Issue.record("\(n) was not accepted")
                    return
                }
                ids.append(id)
            }
            for (n, id) in zip(counters, ids).suffix(64) {
                #expect(try await publish(redis, entry(n: n)) == .duplicate(id))
            }
            // What lies between them is new, in any order, and known from then on; of many of them no more than 96 are kept.
            let between =
                (1...60).map { counters[170] + $0 } + [
                    counters[190] + 1, counters[180] + 7, counters[199] + 5, counters[190] + 2,
                ]
            for n in between {
                guard case .accepted(let id) = try await publish(redis, entry(n: n)) else {
                    Issue.record("\(n) was not accepted")
                    return
                }
                #expect(try await publish(redis, entry(n: n)) == .duplicate(id))
            }
            let list = try await redis.execute(
                RedisCommand("LRANGE", .text(keys.sent(3, user: "alice", device: "phone")), 0, -1))
            let kept = (list.array ?? []).compactMap { $0.string?.split(separator: ":").first.flatMap { UInt64($0) } }
            #expect(kept == kept.sorted() && Set(kept).count == kept.count && (64...96).contains(kept.count))
            #expect(try await publish(redis, entry(n: counters[0])) == .outdated)
        }
    }

    // MARK: answer_change

    @Test func eachWishIsAnsweredOnceAlsoWhenTheLogIsFull() async throws {
        try await withRedis { redis in
            func answer(_ asked: UInt64) -> AnswerChangeScript.Answer {
                var entry = entry(n: asked)
                entry.kind = .edited
                entry.change = LogEntry.Change(message: id(1), id: id(asked))
                return AnswerChangeScript.Answer(asked: id(asked), entry: entry)
            }
            func say(_ asked: UInt64...) async throws -> Int {
                try AnswerChangeScript.reply(
                    await redis.execute(
                        AnswerChangeScript.command(keys: keys, partition: 3, answers: asked.map(answer))))
            }
            let first = try await publish(redis, entry(n: 1), limit: 1)
            #expect(first == .accepted(try await lastID(redis)))
            #expect(try await publish(redis, entry(n: 2), limit: 1) == .busy)
            #expect(try await say(10, 11) == 2)
            #expect(try await say(10, 11) == 0)
            // Who is behind says what is said already, and then something new.
            #expect(try await say(11, 12) == 1)
            #expect(try await say(9) == 0)
            let log = try StreamEntry.entries(await redis.execute(RedisCommand("XRANGE", .text(keys.log(3)), "-", "+")))
            #expect(try log.dropFirst().map { try LogEntry(fields: $0.fields).n } == [10, 11, 12])
        }
    }

    private func lastID(_ redis: RedisConnection) async throws -> MessageID {
        let last = try await redis.execute(RedisCommand("XREVRANGE", .text(keys.log(3)), "+", "-", "COUNT", "1"))
        return try #require(try StreamEntry.entries(last).first?.id)
    }

    @Test func aRepeatedCounterGetsTheFirstIdAndAppendsNothing() async throws {
        try await withRedis { redis in
            guard case .accepted(let id) = try await publish(redis, entry(n: 5)) else {
                Issue.record("not accepted")
                return
            }
            _ = try await publish(redis, entry(n: 9))
            #expect(try await publish(redis, entry(n: 5)) == .duplicate(id))
            #expect(try await redis.execute(RedisCommand("XLEN", .text(keys.log(3)))) == .integer(2))
        }
    }

    @Test func aCounterThatWasRefusedMayComeAfterLaterOnes() async throws {
        try await withRedis { redis in
            _ = try await publish(redis, entry(n: 1))
            #expect(try await publish(redis, entry(n: 2), limit: 1) == .busy)
            _ = try await publish(redis, entry(n: 3))
            guard case .accepted = try await publish(redis, entry(n: 2)) else {
                Issue.record("the refused counter was not accepted later")
                return
            }
        }
    }

    @Test func theLast64CountersOfADeviceAreKeptAndOlderOnesAreRefused() async throws {
        try await withRedis { redis in
            for n in 1...200 { _ = try await publish(redis, entry(n: UInt64(n))) }
            for n in 137...200 {
                guard case .duplicate = try await publish(redis, entry(n: UInt64(n))) else {
                    Issue.record("\(n) was accepted twice")
                    return
                }
            }
            #expect(try await publish(redis, entry(n: 1)) == .outdated)
            guard case .accepted = try await publish(redis, entry(n: 1, device: "desk")) else {
                Issue.record("devices share a counter")
                return
            }
        }
    }

    @Test func anIdempotencyKeyGetsTheFirstId() async throws {
        try await withRedis { redis in
            guard case .accepted(let id) = try await publish(redis, entry(n: 0), .idempotencyKey("k 1/{x}")) else {
                Issue.record("not accepted")
                return
            }
            #expect(try await publish(redis, entry(n: 0), .idempotencyKey("k 1/{x}")) == .duplicate(id))
            guard case .accepted = try await publish(redis, entry(n: 0), .idempotencyKey("other")) else {
                Issue.record("keys are mixed up")
                return
            }
            // Somewhere else, or for something else, it is another one.
            var elsewhere = entry(n: 0)
            elsewhere.conversation = .direct("alice", "carol")
            var edit = entry(n: 0)
            edit.kind = .edit
            edit.change = LogEntry.Change(message: id)
            var deletion = edit
            deletion.kind = .delete
            var ids: Set<MessageID> = [id]
            for entry in [elsewhere, edit, deletion] {
                guard case .accepted(let id) = try await publish(redis, entry, .idempotencyKey("k 1/{x}")) else {
                    Issue.record("requests are mixed up")
                    return
                }
                ids.insert(id)
            }
            #expect(ids.count == 4)
        }
    }

    // MARK: deliver, register, acknowledge

    private func deliver(
        _ redis: RedisConnection, _ message: MessageID, after: MessageID = .zero, partition: Int = 1,
        capacity: Int = 1000,
        markOnly: Bool = false
    ) async throws -> DeliverScript.Reply {
        let entry = DeliverScript.Entry(
            conversation: "dm:alice:bob", from: "alice", device: "phone", data: Array("\"\(message)\"".utf8))
        return try DeliverScript.reply(
            await redis.execute(
                DeliverScript.command(
                    keys: keys, user: "bob", partition: partition, message: message, after: after,
                    entry: markOnly ? nil : entry, capacity: capacity)))
    }

    private func register(
        _ redis: RedisConnection, session: String = "s1", device: String = "desk", incarnation: String = "e1:x",
        cursor: MessageID? = nil, fromStart: Bool = false, maximum: Int = 20
    ) async throws -> RegisterScript.Reply {
        try RegisterScript.reply(
            await redis.execute(
                RegisterScript.command(
                    keys: keys, user: "bob", session: session, incarnation: incarnation, device: device, cursor: cursor,
                    claimed: cursor, fromStart: fromStart, issuedAt: .max, maximumSessions: maximum)))
    }

    private func start(_ reply: RegisterScript.Reply) throws -> RegisterScript.Start {
        guard case .registered(let start) = reply else { throw RedisError.unexpectedReply("register in a test") }
        return start
    }

    private func cursors(_ redis: RedisConnection, _ count: UInt64) async throws -> [MessageID] {
        var cursors: [MessageID] = []
        for number in 1...count {
            guard case .appended(let cursor, let previous, _) = try await deliver(redis, id(number)) else {
                throw RedisError.unexpectedReply("deliver in a test")
            }
            #expect(previous == cursors.last ?? .zero)
            cursors.append(cursor)
        }
        return cursors
    }

    @Test func deliveriesFormAChainAndNameTheSessions() async throws {
        try await withRedis { redis in
            _ = try await register(redis)
            _ = try await register(redis, session: "s2", device: "tab")
            _ = try await register(redis, session: "s3", device: "web", incarnation: "e2:y")
            guard case .appended(let first, let none, let where1) = try await deliver(redis, id(1)),
                case .appended(_, let previous, _) = try await deliver(redis, id(2))
            else {
                Issue.record("not appended")
                return
            }
            #expect(none == .zero)
            #expect(previous == first)
            guard case .incarnations(let incarnations) = where1 else {
                Issue.record("not looked up")
                return
            }
            #expect(incarnations.sorted() == ["e1:x", "e2:y"])
        }
    }

    @Test func aDeliveryThatIsNotNewerThanTheMarkAppendsNothing() async throws {
        try await withRedis { redis in
            let cursors = try await cursors(redis, 3)
            #expect(try await deliver(redis, id(2)) == .known(last: cursors[2], .incarnations([])))
            #expect(try await deliver(redis, id(3)) == .known(last: cursors[2], .incarnations([])))
            #expect(try await redis.execute(RedisCommand("XLEN", .text(keys.inbox("bob")))) == .integer(3))
        }
    }

    @Test func marksOfDifferentPartitionsAreApart() async throws {
        try await withRedis { redis in
            _ = try await deliver(redis, id(9), partition: 1)
            guard case .appended = try await deliver(redis, id(2), partition: 2) else {
                Issue.record("an older id of another partition was taken for a repeat")
                return
            }
        }
    }

    @Test func aDeliveryIsRefusedWhenTheOneBeforeItFailed() async throws {
        try await withRedis { redis in
            _ = try await deliver(redis, id(1))
            #expect(try await deliver(redis, id(3), after: id(2)) == .outOfOrder)
            guard case .appended = try await deliver(redis, id(2), after: id(1)),
                case .appended = try await deliver(redis, id(3), after: id(2))
            else {
                Issue.record("not appended in order")
                return
            }
        }
    }

    @Test func aMovedMarkKeepsOlderMessagesOut() async throws {
        try await withRedis { redis in
            #expect(try await deliver(redis, id(5), markOnly: true) == .moved)
            #expect(try await deliver(redis, id(4)) == .known(last: .zero, .incarnations([])))
            guard case .appended = try await deliver(redis, id(6)) else {
                Issue.record("not appended")
                return
            }
        }
    }

    @Test func aNewDeviceStartsFromNow() async throws {
        try await withRedis { redis in
            let cursors = try await cursors(redis, 3)
            let start = try start(await register(redis))
            #expect(start.cursor == cursors[2])
            #expect(start.entries.isEmpty)
            #expect(!start.gap)
        }
    }

    @Test func aDeviceResumesAfterTheCursorItGives() async throws {
        try await withRedis { redis in
            let cursors = try await cursors(redis, 3)
            let start = try start(await register(redis, cursor: cursors[0]))
            #expect(start.entries.map(\.cursor) == [cursors[1], cursors[2]])
            #expect(start.entries.map(\.entry.id) == [id(2), id(3)])
            #expect(!start.gap)
        }
    }

    @Test func aKnownDeviceWithoutACursorResumesFromWhatItAcknowledged() async throws {
        try await withRedis { redis in
            _ = try await register(redis, cursor: .zero)
            let cursors = try await cursors(redis, 3)
            _ = try await redis.execute(
                AcknowledgeScript.command(keys: keys, user: "bob", device: "desk", cursor: cursors[1], claimed: nil))
            #expect(try start(await register(redis)).entries.map(\.cursor) == [cursors[2]])
        }
    }

    @Test func aDeviceIsTakenToHaveItsOwnMessagesThatFollowWhatItAcknowledged() async throws {
        try await withRedis { redis in
            _ = try await register(redis, cursor: .zero)
            let cursors = try await cursors(redis, 3)
            func acknowledge(_ cursor: MessageID, claimed: MessageID?) async throws {
                _ = try await redis.execute(
                    AcknowledgeScript.command(
                        keys: keys, user: "bob", device: "desk", cursor: cursor, claimed: claimed))
            }
            try await acknowledge(cursors[1], claimed: cursors[0])
            for _ in 0..<2 {
                let start = try start(await register(redis, cursor: cursors[0]))
                #expect(start.cursor == cursors[1])
                #expect(!start.gap)
                #expect(start.entries.map(\.cursor) == [cursors[2]])
            }
            #expect(try start(await register(redis, cursor: .zero)).gap)
            // What is settled without a word of the client moves nothing that it would have to know.
            try await acknowledge(cursors[2], claimed: nil)
            #expect(try start(await register(redis, cursor: cursors[0])).gap == false)
        }
    }

    @Test func everythingHeldIsReadFromTheStartWithoutAGap() async throws {
        try await withRedis { redis in
            let cursors = try await cursors(redis, 3)
            _ = try await redis.execute(
                RedisCommand("XTRIM", .text(keys.inbox("bob")), "MINID", .text("\(cursors[1])")))
            let start = try start(await register(redis, fromStart: true))
            #expect(start.entries.map(\.cursor) == [cursors[1], cursors[2]])
            #expect(!start.gap)
        }
    }

    @Test func aCursorBelowWhatIsHeldIsAGap() async throws {
        try await withRedis { redis in
            let cursors = try await cursors(redis, 3)
            _ = try await redis.execute(
                RedisCommand("XTRIM", .text(keys.inbox("bob")), "MINID", .text("\(cursors[2])")))
            #expect(try start(await register(redis, cursor: cursors[0])).gap)
            #expect(try start(await register(redis, cursor: cursors[1])).gap == false)
            _ = try await redis.execute(RedisCommand("XTRIM", .text(keys.inbox("bob")), "MAXLEN", "0"))
            #expect(try start(await register(redis, cursor: cursors[1])).gap)
            #expect(try start(await register(redis, cursor: cursors[2])).gap == false)
        }
    }

    @Test func theChainSurvivesAnEmptyOrExpiredInbox() async throws {
        try await withRedis { redis in
            let cursors = try await cursors(redis, 2)
            _ = try await redis.execute(RedisCommand("DEL", .text(keys.inbox("bob"))))
            guard case .appended(let cursor, let previous, _) = try await deliver(redis, id(3)) else {
                Issue.record("not appended")
                return
            }
            #expect(previous == cursors[1])
            #expect(cursor > previous)
        }
    }

    @Test func cursorsGrowEvenWhenTheClockWentBack() async throws {
        try await withRedis { redis in
            let future = MessageID(milliseconds: 9_999_999_999_999, sequence: 4)
            _ = try await redis.execute(RedisCommand("HSET", .text(keys.marks("bob")), "last", .text("\(future)")))
            guard case .appended(let cursor, let previous, _) = try await deliver(redis, id(1)) else {
                Issue.record("not appended")
                return
            }
            #expect(previous == future)
            #expect(cursor == MessageID(milliseconds: 9_999_999_999_999, sequence: 5))
        }
    }

    @Test func sessionsAreCappedAndTheReplySaysWhichThereAre() async throws {
        try await withRedis { redis in
            _ = try await register(redis, session: "s1", maximum: 2)
            _ = try await register(redis, session: "s2", incarnation: "e2:y", maximum: 2)
            guard case .tooMany(let sessions) = try await register(redis, session: "s3", maximum: 2) else {
                Issue.record("a third session was taken")
                return
            }
            #expect(
                sessions.sorted { $0.id < $1.id } == [
                    .init(id: "s1", incarnation: "e1:x"), .init(id: "s2", incarnation: "e2:y"),
                ])
            guard case .registered = try await register(redis, session: "s2", incarnation: "e2:z", maximum: 2) else {
                Issue.record("a session that is there already was refused")
                return
            }
        }
    }

    @Test func onlyTheIncarnationThatRegisteredASessionRemovesIt() async throws {
        try await withRedis { redis in
            _ = try await register(redis, session: "s1", incarnation: "e1:new")
            func unregister(_ incarnation: String) async throws -> Int {
                try UnregisterScript.reply(
                    await redis.execute(
                        UnregisterScript.command(keys: keys, user: "bob", sessions: ["s1"], incarnation: incarnation)))
            }
            #expect(try await unregister("e1:old") == 0)
            #expect(try await unregister("e1:new") == 1)
            #expect(try await unregister("e1:new") == 0)
        }
    }

    @Test func anInboxIsTrimmedBelowTheLowestCursorOfTheKnownDevices() async throws {
        try await withRedis { redis in
            _ = try await register(redis, session: "s1", device: "desk", cursor: .zero)
            _ = try await register(redis, session: "s2", device: "phone", cursor: .zero)
            let cursors = try await cursors(redis, 4)
            func acknowledge(_ device: String, _ cursor: MessageID) async throws -> MessageID {
                try AcknowledgeScript.reply(
                    await redis.execute(
                        AcknowledgeScript.command(keys: keys, user: "bob", device: device, cursor: cursor, claimed: nil)
                    ))
            }
            func held() async throws -> [MessageID] {
                try InboxPage.reply(
                    await redis.execute(InboxPage.command(keys: keys, user: "bob", after: .zero, count: 10))
                ).map(\.cursor)
            }
            _ = try await acknowledge("desk", cursors[2])
            #expect(try await held() == cursors)
            _ = try await acknowledge("phone", cursors[1])
            #expect(try await held() == [cursors[2], cursors[3]])
            #expect(try await acknowledge("desk", cursors[0]) == cursors[2])
            #expect(try await acknowledge("desk", .last) == cursors[3])
            #expect(try await held() == [cursors[2], cursors[3]])
        }
    }

    @Test func aDeviceNotSeenForLongIsForgotten() async throws {
        try await withRedis { redis in
            _ = try await redis.execute(RedisCommand("HSET", .text(keys.devices("bob")), "old", "0-0 1000 0-0"))
            _ = try await register(redis, device: "desk", cursor: .zero)
            let cursors = try await cursors(redis, 2)
            _ = try await redis.execute(
                AcknowledgeScript.command(keys: keys, user: "bob", device: "desk", cursor: cursors[1], claimed: nil))
            #expect(try await redis.execute(RedisCommand("XLEN", .text(keys.inbox("bob")))) == .integer(0))
            #expect(try await redis.execute(RedisCommand("HEXISTS", .text(keys.devices("bob")), "old")) == .integer(0))
        }
    }

    // MARK: edges

    private func renew(
        _ redis: RedisConnection, _ incarnation: String, take: Bool, lease: Duration = .seconds(15)
    ) async throws -> RenewEdgeScript.Reply {
        let record = EdgeRecord(
            incarnation: incarnation, url: "ws://x/\"y", sessions: 3, draining: false, capacity: 25, since: 0,
            expires: 0)
        return try RenewEdgeScript.reply(
            await redis.execute(
                RenewEdgeScript.command(keys: keys, edge: "e1", record: record, lease: lease, take: take)))
    }

    @Test func anEdgeIsLiveWhileItRenewsAndItsRecordIsReadBack() async throws {
        try await withRedis { redis in
            #expect(try await renew(redis, "e1:a", take: false) == .lapsed)
            #expect(try await renew(redis, "e1:a", take: true) == .renewed)
            #expect(try await renew(redis, "e1:a", take: false) == .renewed)
            let edges = try LiveEdges.reply(await redis.execute(LiveEdges.command(keys: keys)))
            #expect(edges["e1"]?.incarnation == "e1:a")
            #expect(edges["e1"]?.url == "ws://x/\"y")
            #expect(edges["e1"]?.sessions == 3 && edges["e1"]?.capacity == 25)
        }
    }

    @Test func aReplacedIncarnationIsDeadAndLearnsOfIt() async throws {
        try await withRedis { redis in
            _ = try await renew(redis, "e1:a", take: true)
            _ = try await renew(redis, "e1:b", take: true)
            #expect(try await renew(redis, "e1:a", take: false) == .superseded(by: "e1:b"))
            #expect(try ExpireEdgesScript.reply(await redis.execute(ExpireEdgesScript.command(keys: keys))) == ["e1:a"])
        }
    }

    @Test func anEdgeWhoseLeaseLapsedIsDeadAndOnlyThen() async throws {
        try await withRedis { redis in
            _ = try await renew(redis, "e1:a", take: true)
            #expect(try ExpireEdgesScript.reply(await redis.execute(ExpireEdgesScript.command(keys: keys))).isEmpty)
            _ = try await renew(redis, "e1:a", take: false, lease: .zero)
            #expect(try ExpireEdgesScript.reply(await redis.execute(ExpireEdgesScript.command(keys: keys))) == ["e1:a"])
            #expect(try await renew(redis, "e1:a", take: false) == .lapsed)
        }
    }

    // MARK: Session events

    @Test func sessionEventsAreAppendedUpToTheMark() async throws {
        try await withRedis { redis in
            for number in 1...3 {
                let event = SessionEvent(
                    kind: .connect, user: "alice", device: "phone", session: "s\(number)", incarnation: "e1:a",
                    sequence: UInt64(number))
                let reply = try AnnounceScript.reply(
                    await redis.execute(AnnounceScript.command(keys: keys, partition: 3, event: event, limit: 2)))
                #expect(reply == (number <= 2 ? .announced : .full))
            }
            let sessions = try await redis.entries(keys.sessionEvents(3), "session")
            #expect(sessions.map { String(decoding: $0.value, as: UTF8.self) } == ["s1", "s2"])
        }
    }

    @Test func anEdgeThatLeavesTakesOnlyItsOwnRecordAlong() async throws {
        try await withRedis { redis in
            _ = try await renew(redis, "e1:b", take: true)
            _ = try await redis.execute(LeaveEdgeScript.command(keys: keys, edge: "e1", incarnation: "e1:a"))
            #expect(try await renew(redis, "e1:b", take: false) == .renewed)
            _ = try await redis.execute(LeaveEdgeScript.command(keys: keys, edge: "e1", incarnation: "e1:b"))
            #expect(try await renew(redis, "e1:b", take: false) == .lapsed)
        }
    }
}
