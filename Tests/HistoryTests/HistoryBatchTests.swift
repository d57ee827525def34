import Messaging
import Postgres
import Testing

@testable import History

@Suite struct HistoryBatchTests {
    @Test func oneEntryOfEachKindMakesOneStatementOfEach() {
        let batch = HistoryBatch([
            message("dm:a:b", from: "a", november), message("dm:a:b", from: "b", november + 1),
            message("group:g", from: "b", november + 2),
            change("g", .init(operation: .replace, members: ["a"]), november + 3),
            read("dm:a:b", by: "b", "5-0", at: november + 4), read("dm:a:b", by: "b", "4-0", at: november + 5),
        ])
        #expect(
            batch.statements.map { type(of: $0).name } == [
                "add_conversations", "add_direct_members", "add_messages", "leave_other_members", "join_members",
                "advance_marks", "advance_positions",
            ])
        #expect((batch.statements[0] as? AddConversations)?.names == ["dm:a:b", "group:g"])
        #expect((batch.statements[1] as? AddDirectMembers)?.members == ["a", "b"])
        #expect((batch.statements[2] as? AddMessages)?.lastMs == [november + 1, november + 2])
        #expect((batch.statements[5] as? AdvanceMarks)?.ms == [5])
    }

    @Test func whatIsKnownIsNotEnteredAgain() {
        let batch = HistoryBatch([message("dm:a:b", from: "a", november)], known: ["dm:a:b"])
        #expect(batch.statements.map { type(of: $0).name } == ["add_messages", "advance_positions"])
    }

    @Test func aConversationIsNamedOnceWithItsNewestMessageAndInOneOrder() {
        let batch = HistoryBatch([
            message("group:z", from: "a", november), message("dm:a:b", from: "b", november + 1),
            message("group:z", from: "c", november + 3), message("group:m", from: "d", november + 2),
            message("dm:a:b", from: "e", november + 1, 7),
        ])
        let messages = batch.statements.lazy.compactMap { $0 as? AddMessages }.first
        #expect(messages?.conversations == ["dm:a:b", "group:m", "group:z"])
        #expect(messages?.lastMs == [november + 1, november + 2, november + 3])
        #expect(messages?.lastSeq == [7, 0, 0])
        // And the messages are in the order of their ids.
        #expect(messages?.ms == [november, november + 1, november + 1, november + 2, november + 3])
        #expect(messages?.seq == [0, 0, 7, 0, 0])
        #expect(messages?.places == [3, 1, 1, 2, 3])
        #expect(messages?.senders == ["a", "b", "e", "d", "c"])
    }

    @Test func ofCanariesOnlyTheNewestOfEachPartitionIsNotedAndNoConversation() {
        let batch = HistoryBatch([
            canary(partition: 3, november), canary(partition: 1, november + 1), canary(partition: 3, november + 2),
        ])
        #expect(batch.statements.map { type(of: $0).name } == ["advance_canaries", "advance_positions"])
        #expect((batch.statements[0] as? AdvanceCanaries)?.partitions == [1, 3])
        #expect((batch.statements[0] as? AdvanceCanaries)?.ms == [november + 1, november + 2])
        var positions = LogPositions()
        positions.raise(1, to: StoredID(ms: november + 1, seq: 0))
        positions.raise(3, to: StoredID(ms: november + 2, seq: 0))
        #expect((batch.statements[1] as? AdvancePositions)?.positions == positions)
        #expect(batch.conversations.isEmpty)
    }

    @Test func anEmptyBatchHasNoStatements() {
        #expect(HistoryBatch([]).statements.isEmpty)
    }
}
