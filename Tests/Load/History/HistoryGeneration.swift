import Foundation
import ServiceRuntime
import TestStack

/// Fills history's database with what a large installation would have in it, for measuring queries.
struct HistoryGeneration {
    var count = 1000
    var months = 12
    var name = "gen"
    var users = 100
    var conversations = 20
    var groupSize = 10
    var seed: UInt64 = 1

    init() {}

    init(_ settings: Settings) throws {
        count = try settings.integer("messages", in: 1...1_000_000_000)
        months = try settings.integer("months", in: 1...240)
        name = try settings.string("name")
        users = try settings.integer("users", in: 3...10_000_000)
        conversations = try settings.integer("conversations", in: 1...10_000_000)
        groupSize = try settings.integer("group-size", in: 3...1000)
        seed = UInt64(try settings.integer("seed", in: 0...Int.max))
    }

    /// Writes everything by COPY. History has made the schema, and is stopped meanwhile.
    func run(on bed: HistoryBed) async throws {
        try await bed.history.stop()
        let database = try bed.psql()
        var world = GeneratedWorld(
            users: users, conversations: conversations, groupSize: groupSize, seed: seed, name: name)
        guard
            try database.run(
                "select exists (select from history.conversations where name = '\(world.conversations[0].name)')")
                == "f"
        else { throw InvalidRun("messages of \(name) are in this database already: give another --name") }
        say("\(world.conversations.count) conversations, \(count) messages over \(months) months")
        let firstKey = Int64(try database.run("select coalesce(max(key), 0) + 1 from history.conversations")) ?? 1
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let start = now - Int64(months) * 30 * 86_400_000
        try database.run(
            "select count(history.make_message_partition(m)) from generate_series(\(start), \(now) + 86400000, 86400000) m"
        )
        try writeMessages(&world, into: database, firstKey: firstKey, from: start, to: now)
        say("writing conversations, members and read marks")
        try writeConversations(&world, into: database, firstKey: firstKey, since: start)
        try indexWords(in: database)
        say("collecting statistics")
        for table in ["messages", "words", "conversations", "members", "marks"] {
            try database.run("vacuum analyze history.\(table)")
        }
        try await bed.history.start(within: .seconds(120))
    }

    private func writeMessages(
        _ world: inout GeneratedWorld, into database: Psql, firstKey: Int64, from start: Int64, to end: Int64
    ) throws {
        let stream = try CopyStream(
            database, into: "history.messages", columns: ["conversation", "ms", "seq", "sender", "data"])
        var bar = CountingBar(total: count, unit: "messages")
        for number in 0..<count {
            // Several share a millisecond where there are more messages than milliseconds: the numbers tell them apart, and grow.
            let id = (ms: start + Int64(Double(end - start) * Double(number) / Double(count)), seq: number)
            let said = world.say(id)
            try stream.row(
                "\(firstKey + Int64(said.conversation))", "\(id.ms)", "\(id.seq)",
                GeneratedWorld.user(said.sender, name), said.data)
            bar.show(number + 1)
        }
        try stream.finish()
        bar.finish()
    }

    /// Indexes all words as history does behind ingest, but at once: it would take its time, so as not to be in anybody's way.
    private func indexWords(in database: Psql) throws {
        let months = try database.run(
            "select c.oid::regclass from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'history.messages'::regclass order by 1"
        ).split(separator: "\n")
        // As it stands it would be made of no partition.
        let index = try database.run("select pg_get_indexdef('history.words_words'::regclass)")
            .replacing(" ON ONLY ", with: " ON ")
        let bar = CountingLine(total: months.count + 1)
        // An index that is made of what is there is made in a fraction of the time that it takes to fill one.
        try database.run("drop index history.words_words")
        for month in months {
            bar.step("words of \(month)")
            try database.run(
                "insert into history.words (conversation, ms, seq, words) select conversation, ms, seq, history.search_words(conversation, data) from \(month) on conflict do nothing"
            )
        }
        bar.step("the index of words")
        try database.run(
            "set maintenance_work_mem = '512MB'; \(index); update history.search_index s set ms = l.ms, seq = l.seq from (select ms, seq from history.messages order by ms desc, seq desc limit 1) l"
        )
    }

    private func writeConversations(
        _ world: inout GeneratedWorld, into database: Psql, firstKey: Int64, since start: Int64
    ) throws {
        let conversations = world.conversations
        var stream = try CopyStream(
            database, into: "history.conversations", columns: ["key", "name", "last_ms", "last_seq"])
        for (place, conversation) in conversations.enumerated() {
            try stream.row(
                "\(firstKey + Int64(place))", conversation.name, "\(conversation.last.ms)", "\(conversation.last.seq)")
        }
        try stream.finish()
        try database.run(
            "select setval(pg_get_serial_sequence('history.conversations', 'key'), max(key)) from history.conversations"
        )

        stream = try CopyStream(
            database, into: "history.members", columns: ["conversation", "member", "joined_ms", "joined_seq"])
        for (place, conversation) in conversations.enumerated() {
            let key = "\(firstKey + Int64(place))"
            // A dm is its users' from the beginning, and a group begins with an entry of the log.
            let joined = conversation.isGroup ? "1" : "0"
            if conversation.isGroup { try stream.row(key, "", "0", joined) }
            for member in conversation.members {
                try stream.row(key, GeneratedWorld.user(member, name), "0", joined)
            }
        }
        try stream.finish()

        stream = try CopyStream(
            database, into: "history.marks", columns: ["conversation", "member", "ms", "seq", "at"])
        for (place, conversation) in conversations.enumerated() {
            for member in conversation.members {
                guard let mark = world.mark(conversation, since: start) else { continue }
                try stream.row(
                    "\(firstKey + Int64(place))", GeneratedWorld.user(member, name), "\(mark)", "2147483647", "\(mark)")
            }
        }
        try stream.finish()
    }
}
