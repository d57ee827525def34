import Foundation
import ServiceRuntime
import TestStack

/// History's ingest: how far it falls behind at a rate, how fast it catches up, and how fast COPY puts the same rows into the same table.
struct IngestMeasurement {
    private let rate: Int
    private let duration: Duration
    private let rows: Int
    private let body: Int
    private let writers: Int
    private let conversations: Int
    private let seed: UInt64

    init(_ settings: Settings) throws {
        rate = try settings.integer("rate", in: 1...1_000_000)
        duration = try settings.duration("duration", in: .seconds(1)...(.seconds(86_400)))
        rows = try settings.integer("rows", in: 1...100_000_000)
        body = try settings.integer("body", in: 16...60_000)
        writers = try settings.integer("writers", in: 1...64)
        conversations = try settings.integer("conversations", in: 2...1_000_000)
        seed = UInt64(try settings.integer("seed", in: 0...Int.max))
    }

    func run() async throws -> HistoryReport.Ingest {
        let bed = try await HistoryBed.start(databaseURL: nil, writers: writers)
        do {
            let result = try await measure(bed)
            try await bed.stop()
            return result
        } catch {
            try? await bed.stop()
            throw error
        }
    }

    private func measure(_ bed: HistoryBed) async throws -> HistoryReport.Ingest {
        say("ingest: making \(conversations) conversations known")
        let feeder = LogFeeder(bed, conversations: conversations, body: body, seed: seed)
        try await feeder.introduce()
        try await bed.settle()

        var result = HistoryReport.Ingest(rate: rate, body: body, writers: writers, conversations: conversations)
        try await keepUp(bed, feeder, &result)
        try await catchUp(bed, feeder, &result)
        try await copy(bed, &result)
        return result
    }

    /// Entries come at the rate, and it is seen how far behind history is.
    private func keepUp(_ bed: HistoryBed, _ feeder: LogFeeder, _ result: inout HistoryReport.Ingest) async throws {
        say("ingest: \(rate) messages/s for \(Int(duration / .seconds(1))) s")
        let before = try await bed.probes()
        let batches = try await bed.batches()
        let rowsBefore = try bed.count()
        var bar = CountingBar(total: Int(Double(rate) * (duration / .seconds(1))), unit: "messages")
        let (fed, lags) = try await withThrowingTaskGroup(of: [Double].self) { group in
            group.addTask {
                var lags: [Double] = []
                while !Task.isCancelled {
                    lags.append(Double(try await bed.lag().milliseconds))
                    try? await Task.sleep(for: .milliseconds(50))
                }
                return lags
            }
            let fed = try await feeder.feed(rate: rate, for: duration) { bar.show($0.count) }
            group.cancelAll()
            return (fed, try await group.next() ?? [])
        }
        bar.finish()
        try await bed.settle()
        let after = try await bed.probes()
        let total = try await bed.batches()
        guard fed.rate >= Double(rate) * 0.97 else {
            throw InvalidRun(
                "only \(Int(fed.rate)) messages/s came into the log, not \(rate): the machine is too busy, or the rate too high"
            )
        }
        let sorted = lags.sorted()
        result.fedRate = fed.rate
        result.fed = fed.count
        result.stored = try bed.count() - rowsBefore
        result.lagP50 = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        result.lagP99 = sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
        result.lagMax = sorted.last ?? 0
        result.batch = (total.sum - batches.sum) / max(1, total.count - batches.count)
        let each = 1_000_000 / Double(max(1, fed.count))
        result.historyCPU = (after.history - before.history) * each
        result.postgresCPU = (after.postgres - before.postgres) * each
        result.redisCPU = (after.redis - before.redis) * each
    }

    /// The log is full when history starts, the table empty.
    private func catchUp(_ bed: HistoryBed, _ feeder: LogFeeder, _ result: inout HistoryReport.Ingest) async throws {
        say("ingest: \(rows) messages that wait")
        try await bed.history.stop()
        try bed.psql().run("truncate history.messages")
        try await feeder.append(rows)
        try bed.psql().run("checkpoint")
        let start = try await bed.lag()
        guard !start.isDone else { throw InvalidRun("nothing waits in the log") }
        let before = try await bed.entriesStored()
        try await bed.history.launch()
        // The clock runs from the first rows on: starting is another matter.
        let already = try await eventually("history stores something", within: .seconds(120)) {
            let stored = try await bed.entriesStored() - before
            return stored > 0 ? stored : nil
        }
        let clock = ContinuousClock.now
        while try await !bed.lag().isDone { try await Task.sleep(for: .milliseconds(20)) }
        let seconds = (ContinuousClock.now - clock) / .seconds(1)
        let count = try bed.count()
        guard count == rows else { throw InvalidRun("\(count) rows are in the table, not \(rows)") }
        result.rows = rows
        result.rowsPerSecond = Double(count - Int(already)) / max(0.001, seconds)
    }

    /// The same rows into the same table, empty again.
    private func copy(_ bed: HistoryBed, _ result: inout HistoryReport.Ingest) async throws {
        say("ingest: COPY of the same rows")
        try await bed.history.stop()
        let psql = try bed.psql()
        let columns = "conversation, ms, seq, sender, data"
        let file = try TemporaryFolders.make("copy") + "/rows"
        // As they lie, which is the order in which they were stored.
        try psql.run("\\copy (select \(columns) from history.messages) to '\(file)'")
        try psql.run("truncate history.messages")
        try psql.run("checkpoint")
        let clock = ContinuousClock.now
        try psql.run("\\copy history.messages (\(columns)) from '\(file)'")
        result.copyRowsPerSecond = Double(rows) / max(0.001, (ContinuousClock.now - clock) / .seconds(1))
        try FileManager.default.removeItem(atPath: file)
        guard try bed.count() == rows else { throw InvalidRun("COPY did not store all rows") }
    }
}

extension HistoryBed {
    /// Processor seconds so far.
    struct Probes {
        var history = 0.0
        var postgres = 0.0
        var redis = 0.0
    }

    func probes() async throws -> Probes {
        func processor(_ pid: Int32?) -> Double { pid.flatMap { ProcessProbe(pid: $0)?.processor } ?? 0 }
        return Probes(
            history: processor(await history.pid), postgres: processor(await postgres?.pid),
            redis: processor(await redis.pid))
    }

    /// Entries of all transactions, and how many these were.
    func batches() async throws -> (sum: Double, count: Double) {
        let text = try await HTTPClient.get("\(history.url)/metrics", within: .seconds(10)).text
        func value(_ name: String) -> Double {
            text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }?
                .split(separator: " ").last.flatMap { Double($0) } ?? 0
        }
        return (value("history_batch_entries_sum"), value("history_batch_entries_count"))
    }

    func count() throws -> Int { Int(try psql().run("select count(*) from history.messages")) ?? 0 }
}
