import Foundation
import ServiceRuntime
import Synchronization
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

    /// The most that history may fall behind, in milliseconds.
    private static let lagGoal = 1000.0
    /// The share of the rate that has to be reached.
    private static let least = 0.97

    func run() async throws -> LoadOutcome {
        let bed = try await HistoryBed.start(databaseURL: nil, writers: writers)
        do {
            let outcome = try await measure(bed)
            try await bed.stop()
            return outcome
        } catch {
            try? await bed.stop()
            throw error
        }
    }

    private func measure(_ bed: HistoryBed) async throws -> LoadOutcome {
        say("ingest: making \(conversations) conversations known")
        let feeder = LogFeeder(bed, conversations: conversations, body: body, seed: seed)
        try await feeder.introduce()
        try await bed.settle()

        var outcome = LoadOutcome()
        try await keepUp(bed, feeder, &outcome)
        let waited = try await catchUp(bed, feeder, &outcome)
        try await copy(bed, beside: waited, &outcome)
        return outcome
    }

    /// Entries come at the rate, and it is seen how far behind history is.
    private func keepUp(_ bed: HistoryBed, _ feeder: LogFeeder, _ outcome: inout LoadOutcome) async throws {
        let name = "ingest at \(ReportTable.number(Double(rate)))/s"
        let sampler = ProcessSampler(await bed.processes())
        defer { sampler.stop() }
        let before = sampler.look()
        let batches = try await bed.batches()
        let rowsBefore = try bed.count()
        let line = LiveLine()
        let timeline = SharedTimeline(start: before.time)
        let (fed, lags) = try await withThrowingTaskGroup(of: LatencyRecorder.self) { group in
            group.addTask {
                var lags = LatencyRecorder()
                while !Task.isCancelled {
                    let lag = UInt64(max(0, try await bed.lag().milliseconds)) * 1_000_000
                    lags.add(nanoseconds: lag)
                    timeline.state.withLock { $0.note(nanoseconds: lag) }
                    try? await Task.sleep(for: .milliseconds(50))
                }
                return lags
            }
            var counted = 0
            let fed = try await feeder.feed(rate: rate, for: duration) { fed in
                let interval = timeline.state.withLock { timeline in
                    timeline.add(count: fed.count - counted)
                    return timeline.roll(at: LoadLoop.now)
                }
                counted = fed.count
                if let interval {
                    line.show(name, share: fed.elapsed / (duration / .seconds(1)), interval, unit: "rows")
                }
            }
            group.cancelAll()
            return (fed, try await group.next() ?? LatencyRecorder())
        }
        line.finish()
        try await bed.settle()
        let after = sampler.look()
        let total = try await bed.batches()
        let stored = try bed.count() - rowsBefore
        let intervals = timeline.state.withLock { $0.intervals }
        var step = LoadReport.Step(
            name: name, seconds: fed.elapsed, unit: "rows", count: stored, wanted: Double(rate))
        step.latencies = ["lag": lags.latency]
        step.processes = sampler.use(from: before, to: after, count: stored)
        step.timed = "lag"
        step.samples = sampler.samples(intervals, from: before.time)
        step.figures = [
            .init(
                name: "rows of a transaction", value: (total.sum - batches.sum) / max(1, total.count - batches.count),
                unit: ""),
            .init(name: "put into the log", value: fed.rate, unit: "entries/s"),
        ]
        outcome.steps.append(step)
        outcome.recorded.append(
            .init(name: "\(name) lag", recorder: lags, from: before.time, to: intervals.last?.end ?? after.time))
        outcome.violations = ["lost": max(0, fed.count - stored), "repeated": max(0, stored - fed.count)]
        outcome.budgets.append(
            Budget(
                name: "\(name): longest lag", unit: "ms", better: .lower, must: Self.lagGoal, reached: lags.latency.max)
        )
        if fed.rate < Double(rate) * Self.least {
            outcome.invalid.append(
                "only \(Int(fed.rate)) messages/s came into the log, not \(rate): the machine is too busy, or the rate too high"
            )
        }
    }

    /// The log is full when history starts, the table empty. Returns rows a second.
    private func catchUp(
        _ bed: HistoryBed, _ feeder: LogFeeder, _ outcome: inout LoadOutcome
    ) async throws -> Double {
        say("ingest: \(rows) messages that wait")
        try await bed.history.stop()
        try bed.psql().run("truncate history.messages")
        try await feeder.append(rows)
        try bed.psql().run("checkpoint")
        let start = try await bed.lag()
        guard !start.isDone else { throw InvalidRun("nothing waits in the log") }
        let stored = try await bed.entriesStored()
        try await bed.history.launch()
        // The clock runs from the first rows on: starting is another matter.
        let already = try await eventually("history stores something", within: .seconds(120)) {
            let done = try await bed.entriesStored() - stored
            return done > 0 ? done : nil
        }
        let sampler = ProcessSampler(await bed.processes())
        defer { sampler.stop() }
        let before = sampler.look()
        var (timeline, counted) = (Timeline(start: before.time), Int(already))
        let line = LiveLine()
        while try await !bed.lag().isDone {
            try await Task.sleep(for: .milliseconds(20))
            let done = Int(try await bed.entriesStored() - stored)
            timeline.add(count: max(0, done - counted))
            counted = done
            if let interval = timeline.roll(at: LoadLoop.now) {
                line.show("rows that waited", share: Double(done) / Double(rows), interval, unit: "rows")
            }
        }
        line.finish()
        let after = sampler.look()
        let count = try bed.count()
        if count != rows {
            outcome.violations[count < rows ? "lost" : "repeated", default: 0] += abs(rows - count)
        }
        var step = LoadReport.Step(
            name: "rows that waited", seconds: max(0.001, Double(after.time - before.time) / 1e9), unit: "rows",
            count: count - Int(already))
        step.processes = sampler.use(from: before, to: after, count: step.count)
        step.samples = sampler.samples(timeline.intervals, from: before.time)
        outcome.steps.append(step)
        return step.rate
    }

    /// The same rows into the same table, empty again.
    private func copy(_ bed: HistoryBed, beside waited: Double, _ outcome: inout LoadOutcome) async throws {
        say("ingest: COPY of the same rows")
        try await bed.history.stop()
        let psql = try bed.psql()
        let columns = "conversation, ms, seq, sender, data"
        let file = try TemporaryFolders.make("copy") + "/rows"
        // As they lie, which is the order in which they were stored.
        try psql.run("\\copy (select \(columns) from history.messages) to '\(file)'")
        let count = try bed.count()
        try psql.run("truncate history.messages")
        try psql.run("checkpoint")
        let sampler = ProcessSampler(await bed.processes())
        defer { sampler.stop() }
        let before = sampler.look()
        try psql.run("\\copy history.messages (\(columns)) from '\(file)'")
        let after = sampler.look()
        try FileManager.default.removeItem(atPath: file)
        guard try bed.count() == count else { throw InvalidRun("COPY did not store all rows") }
        var step = LoadReport.Step(
            name: "COPY of the same rows", seconds: max(0.001, Double(after.time - before.time) / 1e9), unit: "rows",
            count: count)
        step.processes = sampler.use(from: before, to: after, count: count)
        step.figures = [
            .init(name: "history's rate by COPY's", value: 100 * waited / max(1, step.rate), unit: "%")
        ]
        outcome.steps.append(step)
    }
}

extension HistoryBed {
    func processes() async -> [(name: String, pid: Int32)] {
        var processes: [(name: String, pid: Int32)] = []
        if let pid = await history.pid { processes.append(("history", pid)) }
        if let pid = await postgres?.pid { processes.append(("postgres", pid)) }
        if let pid = await redis.pid { processes.append(("redis", pid)) }
        return processes
    }

    /// Entries of all transactions, and how many these were.
    func batches() async throws -> (sum: Double, count: Double) {
        let text = try await HTTPClient.get("\(history.url)/metrics", within: .seconds(10)).text
        return (
            RouterShares.value("history_batch_entries_sum", in: text),
            RouterShares.value("history_batch_entries_count", in: text)
        )
    }

    func count() throws -> Int { Int(try psql().run("select count(*) from history.messages")) ?? 0 }
}
