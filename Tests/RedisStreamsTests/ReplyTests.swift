import Messaging
import Testing

@testable import RedisStreams

@Suite struct ReplyTests {
    private func bytes(_ text: String) -> RedisValue { .bytes(Array(text.utf8)) }

    @Test func repliesOfTheWrongShapeAreErrorsThatNameTheScript() {
        for value in [RedisValue.null, .array([]), .array([bytes("what")]), .array([bytes("accepted"), bytes("x")])] {
            #expect { try PublishScript.reply(value) } throws: { error in
                (error as? RedisError)?.code == .unexpectedReply && "\(error)".contains("publish")
            }
        }
    }

    @Test func sessionsOfOneEdgeCountOnce() throws {
        let reply = RedisValue.array([bytes("e1:a phone"), bytes("e1:a desk"), bytes("e2:b tab")])
        #expect(try SessionsQuery.reply(reply) == ["e1:a", "e2:b"])
    }

    @Test func entriesDeletedMeanwhileAreLeftOut() throws {
        let reply = RedisValue.array([
            .array([bytes("1-0"), .null]), .array([bytes("2-0"), .array([bytes("f"), bytes("v")])]),
        ])
        #expect(try StreamEntry.entries(reply).map(\.id.milliseconds) == [2])
    }

    @Test func aBlockingReadWithoutEntriesIsEmpty() throws {
        #expect(try StreamEntry.streams(.null).isEmpty)
    }
}
