import Messaging
import RedisStreams
import Testing

@testable import WSEdge

@Suite struct FrameTests {
    @Test func everyMistakeIsAnsweredWithItsCodeAndField() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        #expect(client.texts().first?.hasPrefix(#"{"type":"welcome","user":"alice","device":"phone""#) == true)
        let cases: [(frame: String, code: String, says: String)] = [
            ("nonsense", "bad_request", "not valid JSON"),
            (#"{"type":"ping","n":1"#, "bad_request", "not valid JSON"),
            (#"{"type":"dance","n":1}"#, "bad_request", "'type'"),
            (#"{"n":1}"#, "bad_request", "'type'"),
            (#"{"type":"subscribe","n":1,"topic":"a b"}"#, "bad_request", "'topic'"),
            (#"{"type":"unsubscribe","n":1,"topic":"all"}"#, "bad_request", "'all'"),
            (#"{"type":"send","n":-1,"to":"user:bob","data":1}"#, "bad_request", "'n'"),
            (#"{"type":"send","to":"user:bob","data":1}"#, "bad_request", "'n'"),
            (#"{"type":"send","n":1,"data":1}"#, "bad_request", "'to'"),
            (#"{"type":"send","n":1,"to":"user:b b","data":1}"#, "bad_request", "'to'"),
            (#"{"type":"send","n":1,"to":"user:bob"}"#, "bad_request", "'data'"),
            (#"{"type":"send","n":1,"to":"topic:all","data":1}"#, "forbidden", "'broadcast'"),
            (#"{"type":"read","conversation":"topic:news","id":"1-1"}"#, "bad_request", "'conversation'"),
            (#"{"type":"send","n":1,"to":"all","data":1}"#, "forbidden", "'broadcast'"),
            (#"{"type":"send","n":1,"to":"group:none","data":1}"#, "not_found", "'none'"),
            (#"{"type":"signal","to":"group:none","data":1}"#, "not_found", "'none'"),
            (#"{"type":"ack","cursor":"soon"}"#, "bad_request", "'cursor'"),
            (#"{"type":"ack","cursor":"6-0"}"#, "bad_request", "'cursor'"),
            (#"{"type":"read","conversation":"dm:bob:alice","id":"1-1"}"#, "bad_request", "'conversation'"),
            (#"{"type":"read","conversation":"dm:bob:carol","id":"1-1"}"#, "forbidden", "'conversation'"),
            (#"{"type":"auth","token":"a.b.c"}"#, "unauthorized", "token"),
        ]
        for (frame, code, says) in cases {
            try client.send(frame)
            let answers = client.texts()
            #expect(answers.count == 1, "\(frame)")
            #expect(answers.first?.contains(#""code":"\#(code)""#) == true, "\(frame) \(answers)")
            #expect(answers.first?.contains(says) == true, "\(frame) \(answers)")
        }
        #expect(bench.redis.commands("publish").isEmpty)
        try client.send(#"{"type":"ping","n":9}"#)
        #expect(client.texts() == [#"{"type":"pong","n":9}"#], "the session goes on")
    }

    @Test func aSendToAGroupOneIsNotInIsForbidden() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        bench.redis.answers("HMGET", with: .array([.bytes(Array("1-0".utf8)), .bytes(Array("0".utf8))]))
        bench.redis.answers("SISMEMBER", with: .integer(0))
        try client.send(#"{"type":"send","n":1,"to":"group:team","data":1}"#)
        #expect(client.texts().first?.contains(#""n":1,"code":"forbidden""#) == true)
        bench.redis.answers("SISMEMBER", with: .integer(1))
        try client.send(#"{"type":"send","n":2,"to":"group:team","data":1}"#)
        #expect(client.texts().first?.hasPrefix(#"{"type":"accepted","n":2"#) == true)
        bench.redis.answers("HMGET", with: .array([.bytes(Array("1-0".utf8)), .bytes(Array("1".utf8))]))
        try client.send(#"{"type":"send","n":3,"to":"group:team","data":1}"#)
        #expect(client.texts().first?.contains("not_found") == true, "a deleted group is none")
    }

    @Test func brokenFramesEndTheSessionWithTheirCode() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        func code(_ body: (BenchClient) throws -> Void) throws -> UInt16? {
            let client = try bench.session(parts.token)
            try body(client)
            return client.closeCode
        }
        #expect(try code { try $0.send(opcode: 2, [1]) } == 1003)
        #expect(try code { try $0.send(opcode: 1, [0xff]) } == 1007)
        #expect(try code { try $0.send(opcode: 1, Array(#"{"type":"ping","n":1}"#.utf8), masked: false) } == 1002)
        #expect(try code { try $0.send(opcode: 1, [UInt8](repeating: 32, count: 65 * 1024)) } == 1009)
        #expect(try code { try $0.send(opcode: 5, []) } == 1002)
        #expect(try code { try $0.send(opcode: 8, [0x03, 0xe8]) } == 1000)
        #expect(try code { client in for _ in 0..<50 { try client.send("nonsense") } } == 4501)
    }

    @Test func theFirstFrameMayBringTheToken() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let good = try bench.connect("/ws?device=phone")
        #expect(good.texts().isEmpty)
        try good.send(#"{"type":"auth","token":"\#(parts.token)"}"#)
        #expect(good.texts().first?.hasPrefix(#"{"type":"welcome""#) == true)
        for frame in [#"{"type":"auth","token":"a.b.c"}"#, #"{"type":"ping","n":1}"#] {
            let bad = try bench.connect("/ws?device=phone")
            try bad.send(frame)
            #expect(bad.texts().first?.contains("unauthorized") == true)
            #expect(bad.closeCode == 4500)
        }
    }

    @Test func anotherUsersTokenEndsTheSession() async throws {
        let parts = try await Bench.Parts()
        let other = try await Bench.Parts(user: "mallory").token
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        try client.send(#"{"type":"auth","token":"\#(parts.token)"}"#)
        #expect(client.closeCode == nil)
        try client.send(#"{"type":"auth","token":"\#(other)"}"#)
        #expect(client.closeCode == 4500)
    }

    @Test func theBodyReachesTheLogByteForByte() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        try client.send(#"{"data": {"b" : 1.50, "a":"\u00e9"} ,"to":"user:bob","n":3,"type":"send"}"#)
        let published = try #require(bench.redis.commands("publish").first)
        #expect(published.last == #"{"b" : 1.50, "a":"\u00e9"}"#)
        #expect(published.contains("dm:alice:bob"))
    }

    @Test func everyAnswerOfTheLogHasItsFrame() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        let answers: [(RedisValue, String)] = [
            (
                .status("accepted 7-1"),
                #"{"type":"accepted","n":1,"id":"7-1","conversation":"dm:alice:bob","at":7}"#
            ),
            (.status("duplicate 7-1"), #""duplicate":true}"#),
            (.status("busy"), #""code":"busy""#), (.status("outdated"), #""code":"bad_request""#),
            (.array([]), #""code":"internal""#),
        ]
        for (reply, says) in answers {
            bench.redis.answers("publish", with: reply)
            try client.send(#"{"type":"send","n":1,"to":"user:bob","data":1}"#)
            #expect(client.texts().first?.contains(says) == true)
        }
        bench.redis.isConnected = false
        try client.send(#"{"type":"send","n":1,"to":"user:bob","data":1}"#)
        let away = try #require(client.texts().first)
        #expect(away.contains(#""code":"busy""#) && away.contains("retryAfter"))
    }

    @Test func aFloodIsRefusedAndThenEnded() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--rate", "1", "--burst", "5", "--refused-frames-limit", "10"])
        let client = try bench.session(parts.token)
        _ = client.texts()
        for n in 0..<16 { try client.send(#"{"type":"ping","n":\#(n)}"#) }
        let answers = client.texts()
        #expect(answers.filter { $0.contains("pong") }.count == 5)
        let refused = try #require(answers.dropFirst(5).first)
        #expect(refused.contains(#""n":5,"code":"rate_limited""#) && refused.contains("retryAfter"))
        #expect(client.closeCode == 4004)
    }
}
