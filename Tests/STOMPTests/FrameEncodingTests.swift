import STOMP
import Testing

@Suite struct FrameEncodingTests {
    private func text(_ frame: STOMPFrame, _ version: STOMPVersion?) -> String {
        String(decoding: frame.encoded(for: version), as: UTF8.self)
    }

    @Test func aBodyGetsItsLength() {
        let frame = STOMPFrame(.error, ["message": "no"], body: [0x61, 0, 0x62])
        #expect(text(frame, .v12) == "ERROR\nmessage:no\ncontent-length:3\n\na\0b\0")
    }

    @Test func aFrameWithoutBodyHasNoLength() {
        #expect(text(STOMPFrame(.receipt, ["receipt-id": "7"]), .v12) == "RECEIPT\nreceipt-id:7\n\n\0")
    }

    @Test func eachVersionEscapesInItsWay() {
        let frame = STOMPFrame(.receipt, ["a:b": "c:d\ne\rf\\"])
        #expect(text(frame, .v12) == "RECEIPT\na\\cb:c\\cd\\ne\\rf\\\\\n\n\0")
        #expect(text(frame, .v11) == "RECEIPT\na\\cb:c\\cd\\ne f\\\\\n\n\0")
        #expect(text(frame, .v10) == "RECEIPT\na b:c:d e f\\\n\n\0")
        #expect(text(frame, nil) == "RECEIPT\na b:c:d e f\\\n\n\0")
    }

    @Test func connectedIsNeverEscaped() {
        #expect(text(STOMPFrame(.connected, ["session": "a:b"]), .v12) == "CONNECTED\nsession:a:b\n\n\0")
    }

    @Test(arguments: STOMPVersion.allCases)
    func nothingThatAHeaderHoldsCanEndItsLine(_ version: STOMPVersion) throws {
        let frame = STOMPFrame(.receipt, ["receipt-id": "x\n\n\0SEND\r\ndestination:/user/b"])
        var parser = STOMPFrameParser()
        parser.append(frame.encoded(for: version).span)
        let read = try parser.next(version: version)
        #expect(read?.headers.entries.count == 1)
        #expect(try parser.next(version: version) == nil)
        #expect(parser.waitingBytes == 0)
    }

    @Test(arguments: [STOMPVersion.v11, .v12])
    func whatIsWrittenIsReadTheSame(_ version: STOMPVersion) throws {
        let frame = STOMPFrame(.send, ["destination": "/a:b\\c\nd", "ü": "€", "content-length": "2"], body: [0, 0])
        var parser = STOMPFrameParser()
        parser.append(frame.encoded(for: version).span)
        #expect(try parser.next(version: version) == frame)
    }
}
