import Foundation
import ServiceRuntime
import TestStack

/// Each query over REST, and its SQL straight through libpq: warm, in turns, and cold, each after a restart.
struct QueryMeasurement {
    /// How many times what its SQL takes a query may take over REST, in the middle.
    private static let ratioGoal = 1.5

    private let samples: Int
    private let coldSamples: Int
    private let connections: Int
    private let seconds: Double

    init(samples: Int, coldSamples: Int, connections: Int = 1, seconds: Double = 0) {
        (self.samples, self.coldSamples, self.connections, self.seconds) = (samples, coldSamples, connections, seconds)
    }

    init(_ settings: Settings) throws {
        samples = try settings.integer("samples", in: 10...100_000)
        coldSamples = try settings.integer("cold-samples", in: 0...100_000)
        connections = try settings.integer("connections", in: 1...1000)
        seconds = try settings.duration("query-duration", in: .zero...(.seconds(3600))) / .seconds(1)
    }

    func run(on bed: HistoryBed) async throws -> LoadOutcome {
        let psql = try bed.psql()
        let total =
            Int(
                try psql.run(
                    "select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint from pg_class c join pg_inherits i on i.inhrelid = c.oid where i.inhparent = 'history.messages'::regclass"
                )) ?? 0
        let rows = try psql.run(QuerySample.query(count: max(samples, coldSamples), of: total)).split(separator: "\n")
        let drawn = rows.compactMap { QuerySample(String($0)) }
        guard drawn.count >= 10 else {
            throw InvalidRun("there are \(drawn.count) messages to ask for: give --generate first")
        }
        say("queries of about \(ReportTable.number(Double(total))) messages; cold: \(Self.cold(bed))")
        var outcome = LoadOutcome()
        // What a request costs by itself, without a look into the database: a part of every other one.
        if seconds > 0 {
            outcome.add(
                try await rate(
                    "no query (GET /healthz)", [KeepAliveClient.request("/healthz", token: bed.token("nobody"))], bed))
        }
        for query in QueryCase.all {
            outcome.add(try await measure(query, drawn.filter(query.fits), bed))
        }
        return outcome
    }

    private func measure(_ query: QueryCase, _ drawn: [QuerySample], _ bed: HistoryBed) async throws -> LoadOutcome {
        let warm = try warm(query, Array(drawn.prefix(samples)), bed)
        var outcome = LoadOutcome(steps: [.init(name: query.name, seconds: 0, unit: "requests", count: 0)])
        if seconds > 0 {
            // Of a user one, as two searches at once are all that a user may have.
            var users: Set<String> = []
            let requests = try drawn.prefix(samples).filter { users.insert($0.user).inserted }.map {
                KeepAliveClient.request(query.path($0), token: try bed.token($0.user))
            }
            outcome = try await rate(query.name, requests, bed)
        }
        add(warm, "warm", query, &outcome)
        guard coldSamples > 0 else { return outcome }
        try await Self.cool(bed)
        let rest = try overREST(query, drawn.prefix(coldSamples), bed)
        try await Self.cool(bed)
        let sql = try straight(query, drawn.prefix(coldSamples), bed)
        add((rest, sql), "cold", query, &outcome)
        return outcome
    }

    /// As fast as it is answered over some connections.
    private func rate(_ name: String, _ requests: [[UInt8]], _ bed: HistoryBed) async throws -> LoadOutcome {
        let sampler = ProcessSampler(await bed.processes())
        defer { sampler.stop() }
        let line = LiveLine()
        var load = RequestLoad(name: name, port: bed.history.port, requests: requests)
        (load.connections, load.seconds) = (connections, seconds)
        let result = try await load.run { line.show(name, share: $1, $0, unit: "requests") }
        line.finish()
        return result.outcome(name, sampler)
    }

    private func add(
        _ times: (rest: LatencyRecorder, sql: LatencyRecorder), _ how: String, _ query: QueryCase,
        _ outcome: inout LoadOutcome
    ) {
        outcome.steps[0].latencies["one by one, \(how), REST"] = times.rest.latency
        outcome.steps[0].latencies["one by one, \(how), its SQL"] = times.sql.latency
        let ratio = times.rest.quantile(0.5) / max(0.000_001, times.sql.quantile(0.5))
        outcome.budgets.append(
            Budget(
                name: "\(query.name), \(how): REST by its SQL", unit: "times", better: .lower, must: Self.ratioGoal,
                reached: ratio))
    }

    // MARK: Warm

    private func warm(
        _ query: QueryCase, _ samples: [QuerySample], _ bed: HistoryBed
    ) throws -> (rest: LatencyRecorder, sql: LatencyRecorder) {
        // Everything once, unmeasured.
        _ = try overREST(query, samples[...], bed)
        _ = try straight(query, samples[...], bed)
        let client = try KeepAliveClient(port: bed.history.port)
        let plain = try PlainSessions(query, url: bed.databaseURL)
        var (rest, sql) = (LatencyRecorder(), LatencyRecorder())
        for (number, sample) in samples.enumerated() {
            let request = KeepAliveClient.request(query.path(sample), token: try bed.token(sample.user))
            // In turns, so that neither always finds what the other has just fetched.
            if number.isMultiple(of: 2) { try rest.add(nanoseconds: time { try ask(client, request) }) }
            try sql.add(nanoseconds: time { try query.run(sample, plain.execute) })
            if !number.isMultiple(of: 2) { try rest.add(nanoseconds: time { try ask(client, request) }) }
        }
        return (rest, sql)
    }

    // MARK: Cold

    /// What cold means here.
    private static func cold(_ bed: HistoryBed) -> String {
        bed.postgres == nil
            ? "history restarted; Postgres is not ours to restart"
            : "Postgres and history restarted, the files of the database put out of the system's cache before; each request finds what those before it have fetched"
    }

    private static func cool(_ bed: HistoryBed) async throws {
        try await bed.history.stop()
        try await bed.postgres?.restartCold()
        try await bed.history.start(within: .seconds(120))
    }

    private func overREST(
        _ query: QueryCase, _ samples: ArraySlice<QuerySample>, _ bed: HistoryBed
    ) throws -> LatencyRecorder {
        let client = try KeepAliveClient(port: bed.history.port)
        var latencies = LatencyRecorder()
        for sample in samples {
            let request = KeepAliveClient.request(query.path(sample), token: try bed.token(sample.user))
            try latencies.add(nanoseconds: time { try ask(client, request) })
        }
        return latencies
    }

    private func straight(
        _ query: QueryCase, _ samples: ArraySlice<QuerySample>, _ bed: HistoryBed
    ) throws -> LatencyRecorder {
        let plain = try PlainSessions(query, url: bed.databaseURL)
        var latencies = LatencyRecorder()
        for sample in samples {
            try latencies.add(nanoseconds: time { try query.run(sample, plain.execute) })
        }
        return latencies
    }

    // MARK: Both

    private func ask(_ client: KeepAliveClient, _ request: [UInt8]) throws {
        let answer = try client.send(request)
        guard answer.status == 200 else {
            throw InvalidRun("history answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
    }

    /// Nanoseconds.
    private func time(_ body: () throws -> Void) rethrows -> UInt64 {
        let start = LoadLoop.now
        try body()
        return LoadLoop.now - start
    }
}
