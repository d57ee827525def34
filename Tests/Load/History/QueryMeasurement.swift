import Foundation
import ServiceRuntime
import TestStack

/// Each query over REST, and its SQL straight through libpq: warm, in turns, and cold, each after a restart.
struct QueryMeasurement {
    private let samples: Int
    private let coldSamples: Int

    init(samples: Int, coldSamples: Int) { (self.samples, self.coldSamples) = (samples, coldSamples) }

    init(_ settings: Settings) throws {
        samples = try settings.integer("samples", in: 10...100_000)
        coldSamples = try settings.integer("cold-samples", in: 0...100_000)
    }

    func run(on bed: HistoryBed) async throws -> HistoryReport.Queries {
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
        var result = HistoryReport.Queries(messages: total, cold: Self.cold(bed))
        result.empty = try empty(bed)
        let bar = CountingLine(total: QueryCase.all.count * (coldSamples > 0 ? 3 : 1))
        for query in QueryCase.all {
            var row = HistoryReport.Query(name: query.name)
            let drawn = drawn.filter(query.fits)
            bar.step("\(query.name), warm")
            (row.warmREST, row.warmSQL) = try warm(query, Array(drawn.prefix(samples)), bed)
            if coldSamples > 0 {
                bar.step("\(query.name), cold over REST")
                try await Self.cool(bed)
                row.coldREST = try overREST(query, drawn.prefix(coldSamples), bed)
                bar.step("\(query.name), cold SQL")
                try await Self.cool(bed)
                row.coldSQL = try straight(query, drawn.prefix(coldSamples), bed)
            }
            // A run takes a while: what is known is shown.
            say(HistoryReport.line(row))
            result.rows.append(row)
        }
        return result
    }

    /// What a request costs by itself, without a look into the database: a part of every other one.
    private func empty(_ bed: HistoryBed) throws -> Latencies.Summary {
        let client = try KeepAliveClient(port: bed.history.port)
        let request = client.request("/healthz", token: try bed.token("nobody"))
        var latencies = Latencies()
        for _ in 0..<samples { try latencies.add(time { try ask(client, request) }) }
        return latencies.summary
    }

    // MARK: Warm

    private func warm(
        _ query: QueryCase, _ samples: [QuerySample], _ bed: HistoryBed
    ) throws -> (rest: Latencies.Summary, sql: Latencies.Summary) {
        // Everything once, unmeasured.
        _ = try overREST(query, samples[...], bed)
        _ = try straight(query, samples[...], bed)
        let client = try KeepAliveClient(port: bed.history.port)
        let plain = try PlainSessions(query, url: bed.databaseURL)
        var (rest, sql) = (Latencies(), Latencies())
        for (number, sample) in samples.enumerated() {
            let request = client.request(query.path(sample), token: try bed.token(sample.user))
            // In turns, so that neither always finds what the other has just fetched.
            if number.isMultiple(of: 2) { try rest.add(time { try ask(client, request) }) }
            try sql.add(time { try query.run(sample, plain.execute) })
            if !number.isMultiple(of: 2) { try rest.add(time { try ask(client, request) }) }
        }
        return (rest.summary, sql.summary)
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
    ) throws -> Latencies.Summary {
        let client = try KeepAliveClient(port: bed.history.port)
        var latencies = Latencies()
        for sample in samples {
            let request = client.request(query.path(sample), token: try bed.token(sample.user))
            try latencies.add(time { try ask(client, request) })
        }
        return latencies.summary
    }

    private func straight(
        _ query: QueryCase, _ samples: ArraySlice<QuerySample>, _ bed: HistoryBed
    ) throws -> Latencies.Summary {
        let plain = try PlainSessions(query, url: bed.databaseURL)
        var latencies = Latencies()
        for sample in samples {
            try latencies.add(time { try query.run(sample, plain.execute) })
        }
        return latencies.summary
    }

    // MARK: Both

    private func ask(_ client: KeepAliveClient, _ request: [UInt8]) throws {
        let answer = try client.send(request)
        guard answer.status == 200 else {
            throw InvalidRun("history answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
    }

    private func time(_ body: () throws -> Void) rethrows -> Duration {
        let start = ContinuousClock.now
        try body()
        return ContinuousClock.now - start
    }
}
