import Messaging
import RedisBench
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

/// Arrays of strings alone, which are kept in one piece.
@Suite struct PackedReplyTests {
    @Test func arraysOfAllKindsAreReadAsTheyAre() async throws {
        let cases: [(script: String, value: RedisValue)] = [
            ("return {}", .array([])),
            ("return {'a', 'b'}", .array([.bytes([97]), .bytes([98])])),
            ("return {'a', '', 'c', 'd', 'e'}", .array(["a", "", "c", "d", "e"].map { .bytes(Array($0.utf8)) })),
            (
                "return {'a', 'b', 'c', 1, 'e'}",
                .array([.bytes([97]), .bytes([98]), .bytes([99]), .integer(1), .bytes([101])])
            ),
            (
                "return {'a', false, 'c', 'd', {'1', '2', '3', '4'}}",
                .array([
                    .bytes([97]), .null, .bytes([99]), .bytes([100]),
                    .array((1...4).map { .bytes(Array(String($0).utf8)) }),
                ])
            ),
            (
                "return {{'1', '2', '3', '4'}, 'a', {}, {{'x'}}, {ok = 'fine'}, {err = 'BAD it is'}}",
                .array([
                    .array((1...4).map { .bytes(Array(String($0).utf8)) }), .bytes([97]), .array([]),
                    .array([.array([.bytes([120])])]), .status("fine"), .error("BAD it is"),
                ])
            ),
        ]
        try await withRedis { redis in
            for (script, value) in cases {
                let reply = try await redis.execute(RedisCommand("EVAL", .text(script), 0))
                #expect(reply == value, "\(script)")
                #expect(reply.array == value.array, "\(script)")
            }
        }
    }

    @Test func packedStringsAreEqualToTheSameInAnArray() {
        let strings = [Array("a".utf8), [], Array("bc".utf8)]
        let packed = RedisValue.strings(PackedStrings(strings))
        #expect(packed == .array(strings.map { .bytes($0) }) && RedisValue.array(strings.map { .bytes($0) }) == packed)
        #expect(packed != .array([.bytes([97])]) && packed != .null && packed != .bytes([97]))
        #expect(packed != .strings(PackedStrings([[97, 98], [], [99]])))
    }
}
