import Messaging
import Testing

@testable import CBOR

/// What is read and written without its JSON is the same as what is translated.
@Suite struct UsualFrameTests {
    /// A client's frame with its data, which has its place in other bytes in each encoding.
    private struct Read: Equatable {
        var frame: ClientFrame
        var data: [UInt8] = []

        init(_ frame: ClientFrame, _ bytes: [UInt8]) {
            self.frame = frame
            switch frame {
            case .send(let n, let to, let data, let attachments):
                self.frame = .send(n: n, to: to, data: 0..<0, attachments: attachments)
                self.data = Array(bytes[data])
            case .signal(let to, let data):
                self.frame = .signal(to: to, data: 0..<0)
                self.data = Array(bytes[data])
            default: break
            }
        }
    }

    private func encoded(_ json: [UInt8]) throws -> [UInt8] {
        let cbor = CBORFrame.encoded(json.span)
        return try #require(cbor)
    }

    private func usual(_ cbor: [UInt8]) -> Read? { CBORFrame.usual(cbor.span).map { Read($0, cbor) } }

    private func translated(_ cbor: [UInt8]) throws -> Read {
        let json = try CBORFrame.json(cbor.span)
        return Read(try ClientFrame(decoding: json.span), json)
    }

    // MARK: Reading

    @Test(arguments: [
        #"{"type":"send","n":0,"to":"user:bob","data":{"text":"See you at eight, the usual place."}}"#,
        #"{"data":"\u00e4 \"x\" é😀","to":"group:team","n":9007199254740991,"type":"send"}"#,
        #"{"type":"send","n":70000,"to":"all","data":null}"#, #"{"type":"send","n":300,"to":"topic:news","data":[[]]}"#,
        #"{"type":"signal","to":"user:bob","data":"typing"}"#, #"{"type":"ping","n":4,"data":1.5e400,"to":"all"}"#,
        #"{"type":"ack","cursor":"1763740000123-4","n":1}"#,
        #"{"type":"ack","cursor":"18446744073709551615-18446744073709551615"}"#, #"{"type":"ack","cursor":"0-0"}"#,
    ])
    func theFramesThatComeMostOftenAreReadAsTheirTranslation(_ frame: String) throws {
        let cbor = try encoded(Array(frame.utf8))
        #expect(try #require(usual(cbor)) == translated(cbor))
    }

    /// Bytes worked out by hand: a map of known length, no tag, blanks around the data, heads longer than they need be.
    @Test func theWaysToWriteThemAreRead() throws {
        let word = [0x00, 0x64] + Array("send".utf8)
        let to = [0x08, 0x68] + Array("user:bob".utf8)
        for cbor in [
            [0xa4] + word + [0x01, 0x05] + to + [0x07, 0x43, 0x20, 0x31, 0x0a],
            [0xbf] + word + [0x01, 0x1b, 0, 0, 0, 0, 0, 0, 0, 5] + to + [0x07, 0xd9, 1, 6, 0x58, 1, 0x31, 0xff],
            [0xb8, 4, 0x18, 0] + word.dropFirst() + [0x01, 0x18, 5] + to + [0x07, 0xda, 0, 0, 1, 6, 0x59, 0, 1, 0x31],
        ] as [[UInt8]] {
            let read = try #require(usual(cbor))
            #expect(read.frame == .send(n: 5, to: .user("bob"), data: 0..<0))
            #expect(read.data == [0x31])
            #expect(try translated(cbor) == read)
        }
    }

    /// Some of these are frames, some are refused: the translator says so.
    @Test(
        arguments: [
            [], [0xa0], [0xbf], [0xbf, 0xff], [0x80], [0xff], [0xa0, 0x00],
            [0xbb, 255, 255, 255, 255, 255, 255, 255, 255],
            // ping
            [0xa2, 0x00, 0x64, 0x70, 0x69, 0x6e, 0x67, 0x01, 0x1b, 0, 32, 0, 0, 0, 0, 0, 0],
            [0xa2, 0x00, 0x64, 0x70, 0x69, 0x6e, 0x67, 0x01, 0x20],
            [0xa2, 0x00, 0x64, 0x70, 0x69, 0x6e, 0x67, 0x01, 0x05, 0x00],
            [0xa3, 0x00, 0x64, 0x70, 0x69, 0x6e, 0x67, 0x01, 0x05, 0x01, 0x05],
            [0xa3, 0x00, 0x64, 0x70, 0x69, 0x6e, 0x67, 0x01, 0x05, 0x18, 0x63, 0x05],
            [0xa2, 0x00, 0x44, 0x70, 0x69, 0x6e, 0x67, 0x01, 0x05],
            [0xa2, 0x00, 0x65, 0x00, 0x70, 0x69, 0x6e, 0x67, 0x01, 0x05], [0xa2, 0x00, 0x60, 0x01, 0x05],
            [0xa2, 0x64, 0x74, 0x79, 0x70, 0x65, 0x64, 0x70, 0x69, 0x6e, 0x67, 0x01, 0x05],
            [0xa2, 0x00, 0x7f, 0x64, 0x70, 0x69, 0x6e, 0x67, 0xff, 0x01, 0x05],
            // ack
            [0xa2, 0x00, 0x63, 0x61, 0x63, 0x6b, 0x03, 0x63, 0x31, 0x2d, 0x32],
            [0xa2, 0x00, 0x63, 0x61, 0x63, 0x6b, 0x03, 0x83, 1, 2, 3],
            [0xa2, 0x00, 0x63, 0x61, 0x63, 0x6b, 0x03, 0x82, 1],
            [0xa2, 0x00, 0x63, 0x61, 0x63, 0x6b, 0x03, 0x9f, 1, 2, 0xff],
            [0xa2, 0x00, 0x63, 0x61, 0x63, 0x6b, 0x03, 0x82, 1, 0x20], [0xa1, 0x00, 0x63, 0x61, 0x63, 0x6b],
        ] as [[UInt8]])
    func whatIsUnusualIsLeftToTheTranslator(_ cbor: [UInt8]) {
        #expect(usual(cbor) == nil)
    }

    @Test(arguments: [
        #"{"type":"send","n":1,"to":"user:bob","data":1,"attachments":[]}"#,
        #"{"type":"send","n":1,"to":"bob","data":1}"#,
        #"{"type":"send","n":1,"to":"user:bob"}"#, #"{"type":"send","n":9007199254740992,"to":"all","data":1}"#,
        #"{"type":"send","to":"all","data":1}"#, #"{"type":"send","n":"1","to":"all","data":1}"#,
        #"{"type":"read","conversation":"dm:a:b","id":"1-1"}"#, #"{"type":"dance"}"#, #"{"n":1}"#, "{}",
        #"{"type":"signal","data":1}"#, #"{"type":"ping"}"#, #"{"type":null,"n":1}"#,
    ])
    func whatIsLessUsualIsLeftToTheTranslator(_ frame: String) throws {
        #expect(usual(try encoded(Array(frame.utf8))) == nil)
    }

    @Test(arguments: [
        "", " ", "{", "1,2", #"1,"to":2"#, "01", "[1]}", "\"a", "nul", String(repeating: "[", count: 100),
    ])
    func dataThatIsNotOneValueOfJSONIsLeftToTheTranslator(_ data: String) {
        let cbor = CBORFrame.signal(from: "a", to: "user:b", data: Array(data.utf8).span)
        // Without `from`, which no client says.
        let frame = Array(cbor[..<9]) + cbor[12...]
        #expect(usual(frame) == nil)
        #expect(throws: MessagingError.self) { try CBORFrame.json(frame.span) }
    }

    @Test func dataHasToBeUTF8() throws {
        let start = [0xa3, 0x00, 0x66] + Array("signal".utf8) + [0x08, 0x63] + Array("all".utf8) + [0x07]
        #expect(usual(start + [0x44, 0x22, 0xc3, 0xa4, 0x22])?.data == Array("\"ä\"".utf8))
        #expect(usual(start + [0x43, 0x22, 0xc3, 0x22]) == nil)
        #expect(usual(start + [0x45, 0x22, 0xed, 0xa0, 0x80, 0x22]) == nil)
    }

    /// Whatever is read is what its translation says, so nothing is taken that would be refused.
    @Test func noBytesWhateverAreReadInAnotherWay() throws {
        let frames = try [
            #"{"type":"send","n":1234,"to":"user:bob","data":[1,{"a":"b"}]}"#, #"{"type":"ack","cursor":"300-2"}"#,
            #"{"type":"signal","to":"all","data":"é"}"#, #"{"type":"ping","n":1}"#,
        ].map { try encoded(Array($0.utf8)) }
        for round in 0..<20_000 {
            var bytes = frames[round % frames.count]
            for _ in 0..<Int.random(in: 1...3) {
                switch Int.random(in: 0...3) {
                case 0: bytes[.random(in: 0..<bytes.count)] = .random(in: 0...255)
                case 1: bytes.insert(.random(in: 0...255), at: .random(in: 0...bytes.count))
                case 2: bytes[.random(in: 0..<bytes.count)] ^= 1 << UInt8.random(in: 0...7)
                default: bytes.remove(at: .random(in: 0..<bytes.count))
                }
            }
            guard let read = usual(bytes) else { continue }
            let same = try? translated(bytes)
            #expect(same == read, "\(bytes)")
        }
    }

    // MARK: Writing

    private static let ids = [
        MessageID.zero, MessageID(milliseconds: 23, sequence: 24), MessageID(milliseconds: 255, sequence: 256),
        MessageID(milliseconds: 65_535, sequence: 65_536), MessageID(milliseconds: 1_763_740_000_123, sequence: 4),
        MessageID(milliseconds: 1 << 32 - 1, sequence: 1 << 32), .last,
    ]

    @Test(arguments: ids, [0, 1, 23, 24, 250, 300, 70_000])
    func aMessageIsWrittenAsItsTranslation(_ id: MessageID, _ length: Int) throws {
        let text = Array(
            "\"\(String(repeating: "é", count: length / 2))\(String(repeating: "x", count: length % 2))\"".utf8)
        for attachments in [[], Array(#"[{"url":"https://x/y","type":"a/b","size":1,"name":"n"}]"#.utf8)] {
            let message = ServerFrame.Message(
                id: id, conversation: "group:team", from: "bob", data: text, attachments: attachments)
            #expect(Array(message.tail[message.data]) == text)
            #expect(Array(message.tail[message.attachments]) == attachments)
            let tail = CBORFrame.tail(
                id: id, conversation: "group:team", from: "bob", data: text.span, attachments: attachments.span)
            #expect(tail == CBORFrame.encoded(tail: message.tail.span))
            #expect(
                try CBORFrame.prefix(cursor: id) + tail
                    == encoded(ServerFrame.Message.prefix(cursor: id) + message.tail))
            #expect(try CBORFrame.prefix(cursor: nil) + tail == encoded(ServerFrame.Message.prefix + message.tail))
        }
    }

    @Test(arguments: ids, [false, true]) func anAcceptedIsWrittenAsItsTranslation(_ id: MessageID, _ isDuplicate: Bool)
        throws
    {
        let n = id.milliseconds
        #expect(
            try CBORFrame.accepted(n: n, id: id, conversation: "dm:alice:bob", isDuplicate: isDuplicate)
                == encoded(ServerFrame.accepted(n: n, id: id, conversation: "dm:alice:bob", isDuplicate: isDuplicate)))
    }

    @Test func aSignalAndAPongAreWrittenAsTheirTranslation() throws {
        for data in [#""typing""#, "null", #"{"a":[1,2.50,"é"]}"#].map({ Array($0.utf8) }) {
            #expect(
                try CBORFrame.signal(from: "bob", to: "user:alice", data: data.span)
                    == encoded(ServerFrame.signal(from: "bob", to: "user:alice", data: data)))
        }
        for n in Self.ids.map(\.milliseconds) {
            #expect(try CBORFrame.pong(n: n) == encoded(ServerFrame.pong(n: n)))
        }
    }
}
