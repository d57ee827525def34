import STOMP
import Testing

@Suite struct FrameParserTests {
    /// All frames of the bytes, given to the parser in pieces of this size.
    private func frames(
        _ text: String, version: STOMPVersion? = .v12, piece: Int = .max, limits: STOMPLimits = STOMPLimits()
    ) throws -> [STOMPFrame] {
        try frames(Array(text.utf8), version: version, piece: piece, limits: limits)
    }

    private func frames(
        _ bytes: [UInt8], version: STOMPVersion? = .v12, piece: Int = .max, limits: STOMPLimits = STOMPLimits()
    ) throws -> [STOMPFrame] {
        var parser = STOMPFrameParser(limits: limits)
        var frames: [STOMPFrame] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(piece))
            rest = rest.dropFirst(part.count)
            parser.append(part.span)
            while let frame = try parser.next(version: version) { frames.append(frame) }
        }
        return frames
    }

    private func code(_ text: String, version: STOMPVersion? = .v12, limits: STOMPLimits = STOMPLimits())
        -> STOMPError.Code?
    {
        do {
            _ = try frames(text, version: version, limits: limits)
            return nil
        } catch {
            return (error as? STOMPError)?.code
        }
    }

    @Test func aFrameIsACommandHeadersAndABody() throws {
        let read = try frames("SEND\ndestination:/user/bob\ncontent-type:text/plain\n\nhello\0")
        #expect(
            read == [
                STOMPFrame(
                    .send, ["destination": "/user/bob", "content-type": "text/plain"], body: Array("hello".utf8))
            ])
    }

    @Test(arguments: [1, 2, 3, 7, 64])
    func framesMayBeSplitAnywhereAndPackedTogether(_ piece: Int) throws {
        let text =
            "\n\r\nSEND\r\ndestination:/topic/a\r\ncontent-length:3\r\n\r\na\0b\0\n\n\n"
            + "BEGIN\ntransaction:t\n\n\0\nACK\nid:1\n\n\0"
        let read = try frames(text, piece: piece)
        #expect(read.map(\.command) == [.send, .begin, .ack])
        #expect(read[0].body == [0x61, 0, 0x62])
        #expect(read[0].headers["destination"] == "/topic/a")
        #expect(read[2].headers["id"] == "1")
    }

    @Test func manyFramesThroughOneParserLeaveNothingWaiting() throws {
        var parser = STOMPFrameParser()
        let bytes = Array("SEND\ndestination:/user/b\n\n\(String(repeating: "x", count: 900))\0\n".utf8)
        for _ in 0..<50 {
            let (head, tail) = (Array(bytes[..<500]), Array(bytes[500...]))
            parser.append(head.span)
            #expect(try parser.next(version: .v12) == nil)
            parser.append(tail.span)
            #expect(try parser.next(version: .v12)?.body.count == 900)
        }
        #expect(try parser.next(version: .v12) == nil)
        #expect(parser.waitingBytes == 0)
    }

    @Test func ofARepeatedHeaderTheFirstHolds() throws {
        #expect(try frames("SEND\nfoo:World\nfoo:Hello\n\n\0")[0].headers["foo"] == "World")
    }

    @Test func headerNamesAreCaseSensitive() throws {
        let headers = try frames("SEND\nFoo:1\nfoo:2\n\n\0")[0].headers
        #expect(headers["foo"] == "2")
        #expect(headers["FOO"] == nil)
    }

    @Test func endsOfLinesAloneAreNoFrames() throws {
        #expect(try frames("\n\n\r\n\n", piece: 1).isEmpty)
    }

    @Test func aBodyWithoutLengthEndsAtTheFirstNUL() throws {
        let read = try frames("SEND\ndestination:/user/b\n\nab\0\nSEND\n\n\0")
        #expect(read.map(\.body) == [Array("ab".utf8), []])
    }

    @Test func aBodyOfNoBytesMayHaveALength() throws {
        #expect(try frames("SEND\ncontent-length:0\n\n\0")[0].body.isEmpty)
    }

    @Test func aNULInPlaceOfTheBlankLineEndsTheFrame() throws {
        #expect(try frames("DISCONNECT\nreceipt:77\n\0\n")[0].headers["receipt"] == "77")
        #expect(try frames("DISCONNECT\n\0")[0].command == .disconnect)
    }

    @Test func aValueKeepsItsColonsAndBlanks() throws {
        #expect(try frames("SEND\na: b:c \n\n\0")[0].headers["a"] == " b:c ")
        #expect(try frames("SEND\na:\n\n\0")[0].headers["a"] == "")
    }

    @Test func version10TrimsBlanks() throws {
        #expect(try frames("SEND\ndestination : /user/b \n\n\0", version: .v10)[0].headers["destination"] == "/user/b")
    }

    @Test func eachVersionHasItsEscapes() throws {
        let text = "SEND\na\\cb:x\\ny\\\\z\n\n\0"
        #expect(try frames(text, version: .v12)[0].headers["a:b"] == "x\ny\\z")
        #expect(try frames(text, version: .v11)[0].headers["a:b"] == "x\ny\\z")
        #expect(try frames(text, version: .v10)[0].headers["a\\cb"] == "x\\ny\\\\z")
        #expect(try frames("SEND\na:\\r\n\n\0", version: .v12)[0].headers["a"] == "\r")
    }

    @Test func theFramesThatOpenASessionAreNotUnescaped() throws {
        #expect(try frames("CONNECT\npasscode:a\\tb\n\n\0")[0].headers["passcode"] == "a\\tb")
        #expect(try frames("STOMP\npasscode:a\\c\n\n\0")[0].headers["passcode"] == "a\\c")
        #expect(try frames("CONNECTED\nsession:a:b\\c\n\n\0")[0].headers["session"] == "a:b\\c")
    }

    @Test(arguments: [("\\t", STOMPVersion.v12), ("\\", .v12), ("\\C", .v12), ("\\r", .v11), ("\\0", .v11)])
    func anUndefinedEscapeIsAnError(_ value: String, _ version: STOMPVersion) {
        #expect(code("SEND\na:\(value)\n\n\0", version: version) == .undefinedEscape)
    }

    @Test(arguments: ["send\n\n\0", "SEND \n\n\0", "GET / HTTP/1.1\r\n\r\n", "\u{fc}\n\n\0", "{\"type\":\"ping\"}\n"])
    func anUnknownCommandIsAnError(_ text: String) {
        #expect(code(text) == .unknownCommand)
    }

    @Test(arguments: [
        "SEND\nnocolon\n\n\0", "SEND\n:value\n\n\0", "SEND\na:b\0\n\n\0", "SE\0", "\0", "\r\rSEND\n\n\0",
        "SEND\ncontent-length:2\n\nabc\0", "SEND\na:b\rc\n\n\0",
    ])
    func aMalformedFrameIsAnError(_ text: String) {
        #expect(code(text) == .malformedFrame)
    }

    @Test func headersMustBeUTF8() {
        #expect(throws: STOMPError.self) { try frames(Array("SEND\na:".utf8) + [0xff, 0x0a, 0x0a, 0]) }
        #expect(throws: STOMPError.self) { try frames(Array("SEND\na\\n:".utf8) + [0xc3, 0x0a, 0x0a, 0]) }
    }

    @Test(arguments: ["", "-1", "+1", "1x", "0x10", "1.0", "１"])
    func aLengthThatIsNoNumberIsAnError(_ length: String) {
        #expect(code("SEND\ncontent-length:\(length)\n\n") == .badHeader)
    }

    @Test func theNumberOfHeadersIsLimited() {
        let limits = STOMPLimits(headers: 2)
        #expect(code("SEND\na:1\nb:2\n\n\0", limits: limits) == nil)
        #expect(code("SEND\na:1\nb:2\nc:3\n\n\0", limits: limits) == .tooManyHeaders)
        #expect(code("SEND\na:1\na:2\na:3\n", limits: limits) == .tooManyHeaders)
    }

    @Test func theBytesOfTheHeadAreLimitedToTheByte() {
        let head = "SEND\na:123\n\n"
        #expect(code("\n\n" + head + "body\0", limits: STOMPLimits(headerBytes: head.utf8.count)) == nil)
        #expect(code(head + "\0", limits: STOMPLimits(headerBytes: head.utf8.count - 1)) == .headersTooLarge)
        #expect(code(String(repeating: "A", count: 100), limits: STOMPLimits(headerBytes: 100)) == .headersTooLarge)
    }

    @Test func theBytesOfTheBodyAreLimitedToTheByte() {
        let limits = STOMPLimits(bodyBytes: 3)
        #expect(code("SEND\n\nabc\0", limits: limits) == nil)
        #expect(code("SEND\ncontent-length:3\n\nabc\0", limits: limits) == nil)
        #expect(code("SEND\n\nabcd", limits: limits) == .bodyTooLarge)
    }

    @Test(arguments: ["4", "99999999999999999999999999"])
    func aLengthBeyondTheLimitIsRefusedBeforeTheBodyComes(_ length: String) {
        #expect(code("SEND\ncontent-length:\(length)\n\n", limits: STOMPLimits(bodyBytes: 3)) == .bodyTooLarge)
    }
}
