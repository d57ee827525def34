import Messaging
import Postgres
import RedisStreams

/// Decides about the wishes to change messages, applies what is granted, and says in the log what became of each.
///
/// It runs when all that came before a wish is stored, and before the position moves past it:
///
///     entries of a batch ──▶ BatchWriter (messages, members) ──▶ apply_changes (a transaction) ──▶ answers into the log ──▶ position
///
/// So after a crash anywhere the wishes come again. What was applied is then told by its id, the verdict goes by what was so at that place of the log and is
/// the same again, and an answer that is in the log is not appended twice.
struct ChangeJudge: Sendable {
    let database: Database
    let redis: RedisConnection
    let keys: Keys
    let deadLetters: DeadLetters
    let rules: ChangeRules
    let metrics: HistoryMetrics

    /// The most bytes of data of a portion.
    private static let portionBytes = 1 << 20

    /// Returns when each is answered in the log, or put aside. Throws when they must come again.
    /// - Parameter requests: in the order of the partition's log.
    func judge(_ requests: [ChangeRequest], partition: Int, on timeline: String?) async throws {
        // A repeat is told by the last place that was answered: so a portion is answered when the one before has been.
        var rest = requests[...]
        while !rest.isEmpty {
            let portion = Self.portion(of: rest)
            rest = rest[portion.endIndex...]
            let verdicts = try await verdicts(on: Array(portion), partition: partition, timeline)
            guard !verdicts.isEmpty else { continue }
            let answers = verdicts.map { request, verdict in
                AnswerChangeScript.Answer(asked: request.place, entry: request.answer(verdict))
            }
            _ = try AnswerChangeScript.reply(
                await redis.execute(
                    AnswerChangeScript.command(keys: keys, partition: partition, answers: answers), on: timeline))
            for (_, verdict) in verdicts { metrics.judged(verdict) }
        }
    }

    /// As many from the beginning as are judged and answered in one go.
    private static func portion(of requests: ArraySlice<ChangeRequest>) -> ArraySlice<ChangeRequest> {
        var bytes = 0
        var end = requests.startIndex
        while end < requests.endIndex, end - requests.startIndex < AnswerChangeScript.limit {
            bytes += requests[end].data.count
            if bytes > portionBytes, end > requests.startIndex { break }
            end += 1
        }
        return requests[requests.startIndex..<end]
    }

    private func verdicts(
        on requests: [ChangeRequest], partition: Int, _ timeline: String?
    ) async throws -> [(ChangeRequest, ChangeVerdict)] {
        do throws(PostgresError) {
            let verdicts = try await database.change(ApplyChanges(requests: requests, rules: rules))
            guard verdicts.count == requests.count else {
                throw PostgresError(.unexpectedResult, "history.apply_changes did not answer each wish")
            }
            return Array(zip(requests, verdicts))
        } catch {
            guard error.kind == .input else { throw error }
            if requests.count == 1 {
                try await deadLetters.put(
                    [.init(id: requests[0].place, kind: .refused, reason: error.description)], partition: partition,
                    on: timeline)
                return []
            }
        }
        // Something in one of them can never be stored: it alone is put aside.
        var verdicts: [(ChangeRequest, ChangeVerdict)] = []
        for request in requests {
            verdicts += try await self.verdicts(on: [request], partition: partition, timeline)
        }
        return verdicts
    }
}
