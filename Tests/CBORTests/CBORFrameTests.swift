import Messaging
import Testing

@testable import CBOR

@Suite struct CBORFrameTests {
    private func encoded(_ json: String) -> [UInt8]? { CBORFrame.encoded(Array(json.utf8).span) }

    private func json(_ cbor: [UInt8]) throws -> String {
        String(decoding: try CBORFrame.json(cbor.span), as: UTF8.self)
    }

    /// Every frame of the contract, both ways; the reader is lenient enough to read the server's.
    @Test(arguments: [
        #"{"type":"welcome","user":"alice","device":"phone","session":"s1","edge":"e1","cursor":"1763740000000-3","heartbeat":25,"limits":{"messageBytes":65536,"rate":50,"burst":100,"inFlight":64,"sessions":20,"reconnectWithin":0}}"#,
        #"{"type":"accepted","n":18446744073709551615,"id":"1763740000000-0","conversation":"dm:alice:bob","at":1763740000000,"duplicate":true}"#,
        #"{"type":"message","cursor":"5-1","id":"4-2","conversation":"group:team","from":"bob","at":4,"data":{"text":"\u00e4 \"x\"\n","n":1e400,"a":[1,2.50]},"attachments":[{"url":"https://x/y","type":"a/b","size":1,"name":"n"}]}"#,
        #"{"type":"edited","cursor":"5-1","id":"4-2","conversation":"group:team","from":"bob","at":4,"change":"6-0","data":null}"#,
        #"{"type":"deleted","cursor":"5-1","id":"4-2","conversation":"group:team","from":"bob","at":4,"change":"6-0"}"#,
        #"{"type":"signal","from":"bob","to":"user:alice","data":"typing"}"#,
        #"{"type":"read","conversation":"dm:alice:bob","user":"bob","id":"4-2"}"#,
        #"{"type":"presence","user":"bob","status":"online","at":12,"state":"away","text":"back \"soon\" \u0007"}"#,
        #"{"type":"ok","n":3,"after":"0-0"}"#,
        #"{"type":"gap","conversation":"topic:news","after":"1-0","reason":"not all since then"}"#,
        #"{"type":"moving","url":"wss://e2.example/ws","within":5000}"#,
        #"{"type":"error","n":7,"code":"rate_limited","message":"too many","retryAfter":250}"#,
        #"{"type":"pong","n":0}"#,
        #"{"type":"send","n":1,"to":"user:bob","data":[1,2,3],"attachments":null}"#,
        #"{"type":"edit","n":2,"conversation":"dm:a:b","id":"1-1","data":""}"#,
        #"{"type":"delete","n":2,"conversation":"dm:a:b","id":"1-1"}"#,
        #"{"type":"ack","cursor":"1-1"}"#,
        #"{"type":"subscribe","n":2,"topic":"news","after":"1-1"}"#,
        #"{"type":"watch","n":3,"users":["bob","carol"]}"#,
        #"{"type":"auth","token":"a.b.c"}"#,
        #"{"type":"ping","n":4}"#,
        #"{"type":"ping","n":4,"something":{"new":[true,false,null,-5,1.5]}}"#,
    ])
    func everyFrameIsTheSameInBothEncodings(_ frame: String) throws {
        let cbor = try #require(encoded(frame))
        let unescaped = frame.replacing(#"\u0007"#, with: "\u{7}")
        #expect(try json(cbor) == (frame.contains("u0007") ? unescaped.replacing("\u{7}", with: #"\u0007"#) : frame))
        #expect(cbor.count < frame.utf8.count)
    }

    /// Bytes worked out by hand, so that writer and reader cannot be wrong together.
    @Test func theBytesAreThoseOfTheContract() throws {
        let message: [UInt8] =
            [0xbf, 0x00, 0x67] + Array("message".utf8) + [0x03, 0x82, 0x05, 0x01, 0x02, 0x82, 0x19, 0x01, 0x00, 0x00]
            + [0x07, 0xd9, 0x01, 0x06, 0x44] + Array(#""hi""#.utf8) + [0x06, 0x1a, 0x00, 0x01, 0x00, 0x00, 0xff]
        #expect(encoded(#"{"type":"message","cursor":"5-1","id":"256-0","data":"hi","at":65536}"#) == message)
        #expect(
            try json([0xa2, 0x00, 0x64] + Array("ping".utf8) + [0x01, 0x18, 0x64]) == #"{"type":"ping","n":100}"#,
            "a map of known length")
        #expect(
            try json([0xa1, 0x64] + Array("type".utf8) + [0x64] + Array("ping".utf8)) == #"{"type":"ping"}"#,
            "names may be written out")
        #expect(try json([0xa1, 0x07, 0x42, 0x5b, 0x5d]) == #"{"data":[]}"#, "the tag may be left out")
        #expect(try json([0xa1, 0x02, 0x63] + Array("1-2".utf8)) == #"{"id":"1-2"}"#, "an id may be text")
        #expect(try json([0xa1, 0x18, 0x63, 0x00]) == #"{"field99":0}"#, "a field of later times")
    }

    @Test func aPrefixAndATailMakeAFrame() throws {
        let prefix = #"{"type":"message","cursor":"5-1","#
        let tail = #""id":"4-2","conversation":"dm:a:b","from":"a","at":4,"data":{}}"#
        let (first, second) = (
            CBORFrame.encoded(prefix: Array(prefix.utf8)), CBORFrame.encoded(tail: Array(tail.utf8).span)
        )
        #expect(try #require(first) + #require(second) == encoded(prefix + tail))
        #expect(CBORFrame.encoded(prefix: Array("{}".utf8)) == nil)
    }

    @Test(
        arguments: [
            ([], "ends too early"), ([0xa1], "ends too early"), ([0x80], "one map"), ([0x01], "one map"),
            ([0xa0, 0x00], "nothing after"), ([0xbf], "ends too early"), ([0xbf, 0x00], "ends too early"),
            ([0xa1, 0x20, 0x00], "number or its name"), ([0xa1, 0x00, 0x61, 0xff], "not UTF-8"),
            ([0xa1, 0x00, 0x7f, 0x61, 0x61, 0xff], "known length"), ([0xa1, 0x00, 0x41, 0x61], "no place here"),
            ([0xa1, 0x00, 0xc1, 0x00], "no place here"), ([0xa1, 0x00, 0x1c], "not well-formed"),
            ([0xa1, 0x00, 0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "too small"),
            ([0xa1, 0x00, 0xf9, 0x7e, 0x00], "have a place"),
            ([0xa1, 0x00, 0xfa, 0x7f, 0x80, 0x00, 0x00], "not finite"),
            ([0xa1, 0x00, 0x7a, 0xff, 0xff, 0xff, 0xff], "ends too early"),
            ([0xa1, 0x02, 0x81, 0x01], "two numbers"), ([0xa1, 0x02, 0x82, 0x01, 0x20], "two numbers"),
            ([0xa1, 0x07, 0x01], "'data'"), ([0xa1, 0x07, 0x41, 0x7b], "'data'"), ([0xa1, 0x07, 0x40], "'data'"),
            ([0xa1, 0x07, 0x43, 0x22, 0xff, 0x22], "'data'"), ([0xa1, 0x07, 0xa0], "'data'"),
            // 1,"to":2 would be another field.
            ([0xa1, 0x07, 0x48, 0x31, 0x2c, 0x22, 0x74, 0x6f, 0x22, 0x3a, 0x32], "'data'"),
            ([0xa1, 0x00] + [UInt8](repeating: 0x81, count: 10) + [0x00], "deep"),
            ([0xa1, 0x00, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "ends too early"),
        ] as [([UInt8], String)])
    func whatIsNoFrameIsRefusedWithTheReason(_ cbor: [UInt8], _ reason: String) {
        let error = #expect(throws: MessagingError.self) { try CBORFrame.json(cbor.span) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func noBytesWhateverMakeItTrap() throws {
        let frame = try #require(
            encoded(#"{"type":"send","n":1,"to":"user:bob","data":[1,2,3],"x":{"y":[1.5,"z",null]},"id":"1-2"}"#))
        for _ in 0..<20_000 {
            var bytes = frame
            for _ in 0..<Int.random(in: 1...4) {
                switch Int.random(in: 0...2) {
                case 0: bytes[.random(in: 0..<bytes.count)] = .random(in: 0...255)
                case 1: bytes.insert(.random(in: 0...255), at: .random(in: 0...bytes.count))
                default: bytes.remove(at: .random(in: 0..<bytes.count))
                }
            }
            _ = try? CBORFrame.json(bytes.span)
        }
    }
}
