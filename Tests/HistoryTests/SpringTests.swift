import Messaging
import RedisStreams
import TestStack
import Testing

@testable import History

/// `POST /wsTemplate/pullUnreadMessage`, with a real Redis and Postgres.
@Suite struct SpringTests {
    private static let bench = Task { try await HistoryBench.start(["REST_RATE": "10000", "SPRING_PULL": "true"]) }

    private func pull(_ bench: HistoryBench, as user: String?) async throws -> HTTPClient.Answer {
        try await bench.request(
            "POST", "/wsTemplate/pullUnreadMessage", as: user,
            headers: ["Content-Type": "application/x-www-form-urlencoded"], body: "destination=%2Ftopic%2Freply")
    }

    private func result(_ bench: HistoryBench, as user: String) async throws -> [String]? {
        let json = try await pull(bench, as: user).json()
        #expect(json["code"]?.string == "200")
        return json["result"]?.array?.compactMap(\.string)
    }

    /// What an edge does when a device of a user comes for the first time.
    private func device(_ bench: HistoryBench, of user: String) async throws {
        _ = try await bench.command("HSET", .text(bench.keys.devices(user)), "stomp", "0-0 1 0-0")
    }

    @Test func itIsThereOnlyWhereItIsSwitchedOn() async throws {
        #expect(try await pull(try await HistoryBench.shared.value, as: "alice").status == 404)
        #expect(try await pull(try await Self.bench.value, as: nil).status == 401)
    }

    @Test func othersDirectMessagesAreAnsweredOnceAsTheyWereSent() async throws {
        let bench = try await Self.bench.value
        #expect(try await result(bench, as: "once-bob") == nil)
        let content = #"{"content":"alice say: \"hi\" 😀"}"#
        try await bench.append("dm:once-alice:once-bob", from: "once-alice", data: content)
        try await bench.append("dm:once-alice:once-bob", from: "once-bob", data: #""mine""#)
        try await bench.append("dm:once-bob:once-carol", from: "once-carol", data: #""a \"text\"\n""#)
        try await bench.append("topic:once", from: "once-carol", data: "1")
        #expect(try await result(bench, as: "once-bob") == [content, "a \"text\"\n"])
        #expect(try await result(bench, as: "once-bob") == nil)
        try await bench.append("dm:once-bob:once-carol", from: "once-carol", data: "[2]")
        #expect(try await result(bench, as: "once-bob") == ["[2]"])
    }

    @Test func whatAConnectionBringsIsNotAnsweredAsWell() async throws {
        let bench = try await Self.bench.value
        try await bench.append("dm:known-a:known-b", from: "known-a", data: "1")
        try await device(bench, of: "known-b")
        #expect(try await result(bench, as: "known-b") == ["1"], "sent before there was a device")
        try await bench.append("dm:known-a:known-b", from: "known-a", data: "2")
        try await bench.settle()
        #expect(try await result(bench, as: "known-b") == nil)
    }

    @Test func aDeviceThatCameAfterTheLastTimeBringsNothingFromBefore() async throws {
        let bench = try await Self.bench.value
        #expect(try await result(bench, as: "late-b") == nil)
        try await bench.append("dm:late-a:late-b", from: "late-a", data: "1")
        try await bench.settle()
        try await device(bench, of: "late-b")
        #expect(try await result(bench, as: "late-b") == ["1"])
        #expect(try await result(bench, as: "late-b") == nil)
    }

    @Test func whatWasReadElsewhereIsNotUnread() async throws {
        let bench = try await Self.bench.value
        let read = try await bench.append("dm:read-a:read-b", from: "read-a", data: "1")
        try await bench.append("dm:read-a:read-b", from: "read-a", data: "2")
        try await bench.append(.read, "dm:read-a:read-b", from: "read-b", data: "\(read)")
        try await bench.settle()
        #expect(try await result(bench, as: "read-b") == ["2"])
    }

    @Test func aMarkIsReadAsItWasWritten() {
        for mark in [PullMark(id: StoredID(ms: 17, seq: 3), hasDevice: true), PullMark(id: .zero, hasDevice: false)] {
            #expect(PullMark(mark.description) == mark)
        }
        #expect(PullMark("17-3") == nil && PullMark("x 1") == nil && PullMark("") == nil)
    }
}
