import Messaging
import TestStack
import Testing

/// Many messages, and whether they are all stored.
extension HistoryBench {
    /// Messages that say their numbers, in turn to some conversations.
    static func messages(_ count: Int, from start: Int = 0, conversations: Int = 20) -> [LogEntry] {
        (start..<start + count).map { number in
            LogEntry(
                kind: .message, conversation: Conversation("dm:a:b\(number % conversations)")!, from: "a", device: "",
                n: 0,
                data: Array("\(number)".utf8))
        }
    }

    /// Appends some, and gives them with their ids.
    func send(_ entries: [LogEntry]) async throws -> [(MessageID, LogEntry)] {
        Array(zip(try await append(entries), entries))
    }

    /// Whether the database holds exactly what was sent.
    func check(_ sent: [(MessageID, LogEntry)]) async throws {
        let expected = sent.map { "\($0.1.conversation)|\($0.0)|\(String(decoding: $0.1.data, as: UTF8.self))" }
        let rows = try await postgres.sql(
            "select c.name, m.ms || '-' || m.seq, m.data from history.messages m join history.conversations c on c.key = m.conversation"
        )
        #expect(rows.sorted() == expected.sorted())
    }

    /// Waits until /readyz says 503 and why.
    func waitUntilUnready(_ reasons: String...) async throws {
        try await eventually("readiness says \(reasons)\n\(await history.tail())") {
            guard let answer = try? await HTTPClient.get(history.url + "/readyz") else { return false }
            return answer.status == 503 && reasons.allSatisfy { answer.text.contains($0) }
        }
    }
}
