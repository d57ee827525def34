import Testing

@testable import LoadTest

@Suite struct HistoryReportTests {
    private func ingest(lag: Double = 200, stored: Int = 1000) -> HistoryReport.Ingest {
        var ingest = HistoryReport.Ingest(rate: 20_000, body: 64, writers: 2, conversations: 100)
        (ingest.fed, ingest.stored, ingest.lagMax) = (1000, stored, lag)
        return ingest
    }

    private func query(_ rest: Double, _ sql: Double, cold: Double = 1) -> HistoryReport.Query {
        var query = HistoryReport.Query(name: "q")
        query.warmREST = .init(count: 1, p50: rest, p99: rest)
        query.warmSQL = .init(count: 1, p50: sql, p99: sql)
        query.coldREST = .init(count: 1, p50: cold, p99: cold)
        query.coldSQL = .init(count: 1, p50: 1, p99: 1)
        return query
    }

    @Test func theGoalsAreMetWhereNothingIsLostAndNothingIsLate() {
        #expect(ingest().isMet)
        #expect(ingest(lag: 1000).isMet)
        #expect(!ingest(lag: 1001).isMet)
        #expect(!ingest(stored: 999).isMet)
        #expect(query(1.5, 1).isMet)
        #expect(!query(1.6, 1).isMet)
        #expect(!query(1, 1, cold: 1.6).isMet)
    }

    @Test func theReportSaysWhatIsMissedInBold() {
        var report = HistoryReport()
        #expect(report.isMet)
        report.ingest = ingest(lag: 1500, stored: 999)
        var queries = HistoryReport.Queries(messages: 10, cold: "everything anew")
        queries.rows = [query(1, 1), query(3, 1)]
        report.queries = queries
        #expect(!report.isMet)
        for text in ["**MORE THAN 1 S**", "**NOT ALL**", "**3.00**", "| 1.00 |", "everything anew"] {
            #expect(report.markdown.contains(text), "\(report.markdown)")
        }
    }

    @Test func theCommandIsShownWithoutSecrets() {
        #expect(HistoryReport.shown("postgres://a:secret@host/x") == "…")
        #expect(HistoryReport.shown("--database-url=postgres://a:secret@host/x") == "…")
        #expect(HistoryReport.shown("--queries") == "--queries")
    }
}
