import Messaging
import NIOCore
import TestStack
import Testing

@testable import WebSocketFrames

@Suite struct WebSocketReaderTests {
    private func frame(
        _ opcode: UInt8, _ payload: [UInt8] = [], final: Bool = true, reserved: UInt8 = 0, masked: Bool = true,
        declared: UInt64? = nil, lengthBytes: Int? = nil
    ) -> [UInt8] {
        let mask: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
        var bytes: [UInt8] = [(final ? 0x80 : 0) | reserved << 4 | opcode]
        let length = declared ?? UInt64(payload.count)
        let bit: UInt8 = masked ? 0x80 : 0
        switch lengthBytes ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8) {
        case 0: bytes.append(bit | UInt8(length))
        case 2: bytes += [bit | 126, UInt8(length >> 8 & 0xff), UInt8(length & 0xff)]
        default: bytes += [bit | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: length >> UInt64($0 * 8)) }
        }
        if masked { bytes += mask }
        return bytes + payload.enumerated().map { masked ? $1 ^ mask[$0 % 4] : $1 }
    }

    private func text(_ text: String) -> WebSocketReader.Event { .text(ByteBuffer(string: text)) }

    /// Reads all, given in pieces.
    private func read(_ bytes: [UInt8], limit: Int = 65_536, piece: Int = .max) -> [WebSocketReader.Event] {
        var reader = WebSocketReader(limit: limit)
        var buffer = ByteBuffer()
        var events: [WebSocketReader.Event] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            buffer.writeBytes(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            while let event = reader.next(&buffer) { events.append(event) }
        }
        return events
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func readsMessagesHoweverTheBytesCome(_ piece: Int) {
        let long = String(repeating: "ä", count: 300)
        let bytes =
            frame(1, Array("hello".utf8)) + frame(2, [1, 2, 3]) + frame(1) + frame(1, Array(long.utf8))
            + frame(9, [9]) + frame(10) + frame(8, [0x03, 0xe8])
        #expect(
            read(bytes, piece: piece) == [
                text("hello"), .binary(ByteBuffer(bytes: [1, 2, 3])), text(""), text(long),
                .ping(ByteBuffer(bytes: [9])),
                .pong, .close(1000),
            ])
    }

    @Test(arguments: [1, 5, 1000])
    func putsFragmentsTogetherWithControlFramesBetweenThem(_ piece: Int) {
        let word = Array("κόσμε".utf8)
        let bytes =
            frame(1, Array(word[..<3]), final: false) + frame(9, [1]) + frame(0, [], final: false)
            + frame(0, Array(word[3..<4]), final: false) + frame(10, [2]) + frame(0, Array(word[4...]))
            + frame(1, Array("next".utf8))
        #expect(read(bytes, piece: piece) == [.ping(ByteBuffer(bytes: [1])), .pong, text("κόσμε"), text("next")])
    }

    @Test func readsABinaryMessageOfSixteenMebibytes() {
        let payload = [UInt8](repeating: 0xa5, count: 16 << 20)
        #expect(
            read(frame(2, payload), limit: 16 << 20, piece: 65_536) == [.binary(ByteBuffer(bytes: payload))])
    }

    @Test func refusesWhatBreaksTheProtocolAtTheHeader() {
        let faults: [[UInt8]] = [
            frame(1, [65], masked: false), frame(1, [65], reserved: 1), frame(1, [65], reserved: 4), frame(3), frame(7),
            frame(11), frame(15), frame(9, final: false), frame(8, final: false),
            frame(9, [UInt8](repeating: 0, count: 126)),
            frame(0, [65]), frame(1, final: false) + frame(1), frame(1, final: false) + frame(2),
            frame(1, [65], lengthBytes: 2), frame(1, [65], lengthBytes: 8),
        ]
        for fault in faults { #expect(read(fault).last == .failure(.protocolError), "\(fault)") }
        // Seen before the payload has come.
        #expect(read([0x81, 0x05]) == [.failure(.protocolError)])
        #expect(read([0xf1]) == [.failure(.protocolError)])
    }

    @Test func refusesALongMessageAtItsHeader() {
        #expect(read(frame(1, declared: 65_537, lengthBytes: 8)) == [.failure(.tooLarge)])
        #expect(read(frame(1, [UInt8](repeating: 65, count: 65_536))).count == 1)
        let half = [UInt8](repeating: 65, count: 40_000)
        #expect(
            read(frame(1, half, final: false) + frame(0, declared: 25_537, lengthBytes: 2)) == [.failure(.tooLarge)])
    }

    @Test func refusesTextThatIsNotUTF8AsSoonAsThatIsClear() {
        #expect(read(frame(1, [0xc3])) == [.failure(.invalidText)])
        #expect(read(frame(1, [0xff], final: false)) == [.failure(.invalidText)])
        // In the middle of a frame that has not all come.
        let whole = frame(1, [65, 0xed, 0xa0, 0x80] + [UInt8](repeating: 65, count: 100))
        #expect(read(Array(whole[..<9])) == [.failure(.invalidText)])
        #expect(read(frame(2, [0xff])) == [.binary(ByteBuffer(bytes: [0xff]))])
    }

    @Test func checksCloseFrames() {
        func close(_ code: UInt16, _ reason: [UInt8] = []) -> WebSocketReader.Event? {
            read(frame(8, [UInt8(code >> 8), UInt8(code & 0xff)] + reason)).first
        }
        for code in [1000, 1001, 1002, 1003, 1007, 1011, 3000, 3999, 4000, 4999] as [UInt16] {
            #expect(close(code) == .close(code))
        }
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] as [UInt16] {
            #expect(close(code) == .brokenClose(.protocolError))
        }
        #expect(close(1000, [0xff]) == .brokenClose(.invalidText))
        #expect(read(frame(8, [3])) == [.brokenClose(.protocolError)])
        #expect(read(frame(8, [UInt8](repeating: 0, count: 126))) == [.brokenClose(.protocolError)])
        #expect(read(frame(8)) == [.close(nil)])
    }

    @Test func readsNothingAfterAFailure() {
        #expect(read(frame(3) + frame(1, [65])) == [.failure(.protocolError)])
        #expect(read(frame(8, [0, 0]) + frame(1, [65])) == [.brokenClose(.protocolError)])
    }

    @Test func noBytesWhateverMakeItTrap() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            var bytes =
                frame(1, Array("some text".utf8), final: false) + frame(0, Array("more".utf8)) + frame(8, [3, 0xe8])
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            _ = read(bytes, limit: 100, piece: Int.random(in: 1...30, using: &generator))
        }
    }
}
