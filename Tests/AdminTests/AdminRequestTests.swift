import Messaging
import RedisStreams
import ServiceRuntime
import Testing

@testable import Admin

@Suite struct AdminRequestTests {
    private func request(_ arguments: String...) throws -> AdminRequest {
        try AdminRequest(["dead-letters"] + arguments)
    }

    @Test func whatIsNotSaidIsEverything() throws {
        let request = try request("list")
        #expect(request.action == .list && request.limit == 100)
        #expect(request.groups == [.router, .history, .presence])
        #expect(request.partition == nil && request.ids.isEmpty && request.from == .zero && request.to == .last)
    }

    @Test func whatIsSaidIsRead() throws {
        let request = try request(
            "drop", "--group", "history", "--partition", "3", "--id", "5-0,6-1", "--limit=7", "--dry-run", "--json")
        #expect(request.groups == [.history] && request.partition == 3 && request.limit == 7)
        #expect(request.ids.map(\.description).sorted() == ["5-0", "6-1"])
        #expect(request.isDryRun && request.isJSON)
    }

    @Test func timesAreReadInThreeWays() throws {
        let request = try request("list", "--from", "2026-11-21T10:00:00Z", "--to", "1800000000000")
        #expect(request.from.milliseconds == 1_795_255_200_000)
        #expect(request.to == MessageID(milliseconds: 1_800_000_000_000, sequence: .max))
        #expect(try self.request("list", "--from", "7-3").from == MessageID("7-3"))
    }

    @Test(arguments: [
        ([], "what is to be done"), (["letters"], "there is dead-letters"), (["dead-letters"], "needs one of list"),
        (["dead-letters", "burn"], "give one of list, show, replay, drop"),
        (["dead-letters", "replay"], "--id"), (["dead-letters", "drop", "--dry-run"], "--all"),
        (["dead-letters", "drop", "--all", "--id", "1-0"], "give one of the two"),
        (["dead-letters", "list", "--id", "yesterday"], "is no entry's id"),
        (["dead-letters", "list", "--group", "edge"], "give router, history or presence"),
        (["dead-letters", "list", "--from", "noon"], "is no time"),
        (["dead-letters", "list", "--from", "9-0", "--to", "8-0"], "give the earlier one first"),
    ])
    func aMistakeIsAnsweredWithTheRemedy(arguments: [String], says: String) {
        do {
            _ = try AdminRequest(arguments)
            Issue.record("taken: \(arguments)")
        } catch {
            #expect("\(error)".contains(says), "\(error)")
        }
    }

    @Test(arguments: [["--limt", "3"], ["--limit", "none"], ["--partition", "-1"], ["--group"]])
    func aWrongFlagIsNamed(flags: [String]) {
        #expect(throws: SettingsError.self) { try AdminRequest(["dead-letters", "list"] + flags) }
    }

    @Test func whatCameFromOutsideDoesNotWriteToTheTerminal() {
        #expect(LetterText.shown("a\u{1b}[31mb\nc") == "a\\u{1b}[31mb\\u{a}c")
        #expect(LetterText.shown("größer 🙂") == "größer 🙂")
    }
}
