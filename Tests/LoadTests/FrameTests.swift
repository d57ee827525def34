import Messaging
import Testing

@testable import LoadTest

/// What the load client reads and writes, beside the contract's own frames.
@Suite struct FrameTests {
    private let id = MessageID(milliseconds: 1_793_500_000_123, sequence: 4)

    // MARK: Stamps

    @Test(arguments: [35, 64, 1000]) func aStampIsReadBackFromDataOfAnySize(size: Int) throws {
        var data = MessageStamp.data(size: size)
        #expect(data.count == size && data.first == UInt8(ascii: "\"") && data.last == UInt8(ascii: "\""))
        let stamp = MessageStamp(time: 0x0123_4567_89ab_cdef, stream: 0xdead_beef, number: 42)
        stamp.write(over: &data, at: 0)
        #expect(data.count == size)
        #expect(MessageStamp(data.span, at: 0) == stamp)
        #expect(String(decoding: data, as: UTF8.self).hasPrefix("\"~0123456789abcdefdeadbeef0000002a"))
    }

    @Test func aStampIsNotReadWhereThereIsNone() {
        var data = MessageStamp.data(size: 40)
        MessageStamp(time: 1, stream: 2, number: 3).write(over: &data, at: 0)
        #expect(MessageStamp(data.span, at: 1) == nil)
        #expect(MessageStamp(data.span, at: -1) == nil)
        #expect(MessageStamp(data.span, at: 20) == nil)
        #expect(MessageStamp(Array(#""hello, this is text of somebody's, long enough""#.utf8).span, at: 0) == nil)
        data[5] = UInt8(ascii: "g")
        #expect(MessageStamp(data.span, at: 0) == nil)
    }

    // MARK: Frames

    @Test func theContractsFramesAreToldApart() {
        func text(_ bytes: [UInt8]) -> ServerText { ServerText(bytes.span) }
        #expect(
            text(ServerFrame.accepted(n: 12_345, id: id, conversation: "dm:a:b", isDuplicate: false))
                == .accepted(n: 12_345))
        #expect(text(ServerFrame.error(.busy, "later", n: 3, retryAfter: 100)) == .error)
        #expect(text(ServerFrame.gap(after: id, reason: "trimmed")) == .gap)
        #expect(text(ServerFrame.moving(url: nil, within: 1000)) == .moving)
        #expect(text(ServerFrame.moving(url: "ws://127.0.0.1:1/ws", within: 1000)) == .moving)
        #expect(text(ServerFrame.pong(n: 1)) == .pong)
        #expect(text(ServerFrame.ok(n: 1)) == .ok)
        #expect(text(ServerFrame.ok(n: 1, after: id)) == .ok)
        #expect(text(Array(#"{"type":"welcome","session":"x"}"#.utf8)) == .welcome)
    }

    @Test(arguments: [
        "", "{", "hello", #"{"type":""#, #"{"type":"accepted","n":}"#, #"{"kind":"message"}"#, #"{"type":"strange"}"#,
    ])
    func whatIsNoFrameOfTheContractsIsSomethingElse(text: String) {
        #expect(ServerText(Array(text.utf8).span) == .other)
    }

    @Test func aMessagesCursorAndDataAreWhereTheyAreSaidToBe() throws {
        var data = MessageStamp.data(size: 64)
        let stamp = MessageStamp(time: 5, stream: 6, number: 7)
        stamp.write(over: &data, at: 0)
        let tail = ServerFrame.Message(id: id, conversation: "dm:alice:bob", from: "alice", data: data).tail
        let frame = ServerFrame.Message.prefix(cursor: id) + tail
        guard case .message(let cursor, let end) = ServerText(frame.span) else {
            Issue.record("\(String(decoding: frame, as: UTF8.self)) is not taken for a message")
            return
        }
        #expect(String(decoding: frame[try #require(cursor)], as: UTF8.self) == id.description)
        #expect(MessageStamp(frame.span, at: end - 64) == stamp)
    }

    // MARK: Refusals

    @Test func aRefusalSaysWhatOfAndWhenToComeAgain() {
        let busy = Refusal(ServerFrame.error(.busy, "the \"log\" is full", n: 9, retryAfter: 250).span)
        #expect(busy?.n == 9 && busy?.code == "busy" && busy?.retryAfter == 250)
        let other = Refusal(ServerFrame.error(.rateLimited, "too fast").span)
        #expect(other?.n == nil && other?.code == "rate_limited" && other?.retryAfter == nil)
        #expect(Refusal(Array("{}".utf8).span) == nil)
    }
}
