import HTTPTypes
import Hummingbird
import Logging
import Messaging
import NIOCore
import Postgres
import RedisStreams
import ServiceRuntime
import Synchronization
import Testing

@testable import History

/// Exports page by page, against a real Postgres and a client of the test's own.
@Suite struct ExportTests {
    /// What a client has got, and how it behaves.
    private final class Client: Sendable {
        struct State {
            var text = ""
            var largest = 0
            var writes = 0
            var isWhole = false
        }

        let state = Mutex(State())
        /// It hangs up at this write.
        let patience: Int

        init(patience: Int = .max) { self.patience = patience }

        var lines: [Substring] { state.withLock { $0.text }.split(separator: "\n") }
    }

    private struct Gone: Error {}

    private struct Body: ResponseBodyWriter {
        let client: Client

        mutating func write(_ buffer: ByteBuffer) async throws {
            let goesOn = client.state.withLock { state in
                state.writes += 1
                state.largest = max(state.largest, buffer.readableBytes)
                state.text += String(buffer: buffer)
                return state.writes < client.patience
            }
            if !goesOn { throw Gone() }
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
            client.state.withLock { $0.isWhole = true }
        }
    }

    private func reader(_ bench: HousekeepingBench) throws -> HistoryReader {
        let redis = RedisConnection(
            try RedisConfiguration(url: "redis://127.0.0.1:1"), name: "none",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let places = ReadingPlaces(
            primary: bench.database, replica: nil,
            horizon: IngestHorizon(redis: redis, keys: Keys(), partitions: 16, group: "history"),
            marks: UserMarks(redis: redis, keys: Keys()), metrics: HistoryMetrics(PrometheusRegistry()))
        return HistoryReader(
            database: bench.database, places: places,
            deliveries: DeliveryState(redis: redis, keys: Keys(), partitions: 16))
    }

    private func fill(_ bench: HousekeepingBench, _ name: String, _ count: Int) async throws -> Int64 {
        try await bench.test.store([message(name, from: "a", november)])
        try await bench.test.connection.script(
            """
            insert into history.messages (conversation, ms, seq, sender, data)
            select c.key, \(november) + i, 0, case when i % 100 = 0 then 'rare' else 'a' end, '"x"'
            from history.conversations c cross join generate_series(1, \(count - 1)) i where c.name = '\(name)'
            """)
        return try await bench.test.execute(AccessQuery(conversation: name, user: "a"))[0].key
    }

    @concurrent
    private func export(_ export: Export, _ name: String, _ key: Int64, to client: Client) async throws {
        var writer = ExportWriter(Body(client: client), pulse: .init())
        try await export.messages(of: name, key, [.all], to: &writer)
        try await writer.finish()
    }

    @Test func whatIsInMemoryDoesNotGrowWithWhatThereIs() async throws {
        try await HousekeepingBench.with { bench in
            let export = Export(reader: try reader(bench), end: .last)
            for (name, count) in [("topic:small", 200), ("topic:large", 5001)] {
                let key = try await fill(bench, name, count)
                let client = Client()
                try await self.export(export, name, key, to: client)
                let state = client.state.withLock { $0 }
                #expect(state.isWhole)
                #expect(client.lines.count == count + 1)
                #expect(client.lines.last == #"{"type":"complete","messages":\#(count)}"#)
                // A page of these is less than 16 KiB.
                #expect(state.largest < 16 * 1024)
                #expect(state.writes >= count / Export.page)
            }
        }
    }

    @Test func whatComesMeanwhileIsNotInIt() async throws {
        try await HousekeepingBench.with { bench in
            let key = try await fill(bench, "topic:busy", 300)
            let client = Client()
            let end = StoredID(ms: november + 249, seq: .max)
            try await export(Export(reader: try reader(bench), end: end), "topic:busy", key, to: client)
            #expect(client.lines.last == #"{"type":"complete","messages":250}"#)
        }
    }

    @Test func aClientThatHangsUpEndsItWithoutALastLine() async throws {
        try await HousekeepingBench.with { bench in
            let key = try await fill(bench, "topic:cut", 2000)
            let client = Client(patience: 3)
            let export = Export(reader: try reader(bench), end: .last)
            await #expect(throws: Gone.self) { try await self.export(export, "topic:cut", key, to: client) }
            #expect(client.state.withLock { $0.writes } == 3)
            #expect(!client.lines.contains { $0.contains("complete") })
        }
    }

    @Test func whatAUserSaidInTopicsIsFoundAmongThatOfOthers() async throws {
        try await HousekeepingBench.with { bench in
            _ = try await fill(bench, "topic:one", 12_001)
            _ = try await fill(bench, "topic:two", 150)
            let client = Client()
            try await everything(Export(reader: try reader(bench), end: .last), of: "rare", to: client)
            #expect(client.lines.count == 120 + 1 + 1)
            #expect(client.lines.dropLast().allSatisfy { $0.contains(#""from":"rare""#) })
            #expect(client.lines.last == #"{"type":"complete","messages":121}"#)
        }
    }

    @concurrent
    private func everything(_ export: Export, of user: String, to client: Client) async throws {
        var writer = ExportWriter(Body(client: client), pulse: .init())
        try await export.everything(of: user, to: &writer)
        try await writer.finish()
    }

    /// The lines of an export of a, of whom there is something of everything.
    private func exported() async throws -> [String] {
        try await HousekeepingBench.with { bench in
            try await bench.test.store([
                change("team", .init(operation: .replace, members: ["a", "b"]), november),
                message("group:team", from: "b", november + 1), message("dm:a:b", from: "b", november + 2),
                change("team", .init(operation: .remove, members: ["a"]), november + 3),
                message("group:team", from: "b", november + 4),
                read("dm:a:b", by: "a", "\(november + 2)-0", at: november + 5),
            ])
            let client = Client()
            try await everything(Export(reader: try reader(bench), end: .last), of: "a", to: client)
            return client.lines.map(String.init)
        }
    }

    @Test func anExportOfAUserHasMembershipsWithTheirMessages() async throws {
        let all = try await exported()
        func lines(with text: String) -> [String] { all.filter { $0.contains(text) } }
        #expect(lines(with: #""type":"membership""#).count == 2)
        #expect(lines(with: #""type":"message""#).count == 2)
        let team = lines(with: #""membership","conversation":"group:team""#).first ?? ""
        #expect(team.contains(#""from":"\#(november)-0","until":"\#(november + 3)-0","read":null"#))
        let direct = lines(with: #""membership","conversation":"dm:a:b""#).first ?? ""
        #expect(direct.contains(#""until":null,"read":{"id":"\#(november + 2)-0","at":\#(november + 5)}"#))
    }

    @Test func aBoundedNumberRunsAtOnce() throws {
        let desk = ExportDesk(limit: 2, metrics: HousekeepingMetrics(PrometheusRegistry()))
        var places = [try desk.enter("a"), try desk.enter("b")]
        let problem = #expect(throws: Problem.self) { try desk.enter("c") }
        #expect(problem?.status == .serviceUnavailable)
        #expect(problem?.retryAfter == 10)
        places.removeLast()
        places.append(try desk.enter("c"))
        #expect(throws: Problem.self) { try desk.enter("b") }
        #expect(places.count == 2)
    }

    @Test func aUserHasOneAtATime() throws {
        let desk = ExportDesk(limit: 3, metrics: HousekeepingMetrics(PrometheusRegistry()))
        let place = try desk.enter("a")
        let problem = #expect(throws: Problem.self) { try desk.enter("a") }
        #expect(problem?.status == .tooManyRequests && problem?.retryAfter == 10)
        let other = try desk.enter("b")
        // Left once, however often it is said.
        place.leave()
        let second = try desk.enter("a")
        place.leave()
        #expect(throws: Problem.self) { try desk.enter("a") }
        withExtendedLifetime((place, other, second)) {}
    }
}
