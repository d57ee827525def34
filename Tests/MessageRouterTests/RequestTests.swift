import HTTPTypes
import Messaging
import ServiceRuntime
import Testing

@testable import MessageRouter

@Suite struct RequestTests {
    private func message(_ text: String, limit: Int = 65_536) throws(Problem) -> MessageRequest {
        try MessageRequest(Array(text.utf8), limit: limit)
    }

    @Test func theDataOfAMessageAreTheClientsBytes() throws {
        let request = try message(#"{ "data" : {"b": 1.0,  "a":[ "\u00e4" ,null]} , "extra":1, "to":"user:bob" }"#)
        #expect(String(decoding: request.data, as: UTF8.self) == #"{"b": 1.0,  "a":[ "\u00e4" ,null]}"#)
        #expect(request.to == .user("bob"))
        #expect(request.from == nil)
    }

    @Test func escapedTextIsRead() throws {
        let request = try message(#"{"t\u006f":"group:a\u0062c","data":null,"from":"bob"}"#)
        #expect(request.to == .group("abc"))
        #expect(request.from == "bob")
        #expect(request.data == Array("null".utf8))
    }

    @Test(arguments: [
        (#"{"data":1}"#, "'to'"), (#"{"to":5,"data":1}"#, "'to'"), (#"{"to":"bob","data":1}"#, "'to'"),
        (#"{"to":"user:b b","data":1}"#, "'to'"), (#"{"to":"user:bob"}"#, "'data'"),
        (#"{"to":"user:bob","data":1,"from":"a/b"}"#, "'from'"), (#"{"to":"user:bob","data":1,"from":7}"#, "'from'"),
        (#"[1]"#, "JSON"), (#"{"to":"user:bob","data":tru}"#, "JSON"), ("", "JSON"),
    ])
    func aWrongMessageIsRefusedNamingTheField(_ body: String, _ named: String) {
        do {
            _ = try message(body)
            Issue.record("accepted: \(body)")
        } catch {
            #expect(error.code == "bad_request")
            #expect(error.detail.contains(named), "\(error.detail)")
        }
    }

    @Test func aBodyThatIsNotUTF8IsRefused() {
        #expect(throws: Problem.self) {
            try MessageRequest(Array(#"{"to":"user:b","data":""#.utf8) + [0xff, 0x22, 0x7d], limit: 100)
        }
    }

    @Test func tooLongDataAreTooLarge() throws {
        let longest = #"{"to":"user:bob","data":"\#(String(repeating: "x", count: 98))"}"#
        #expect(try message(longest, limit: 100).data.count == 100)
        do {
            _ = try message(longest, limit: 99)
            Issue.record("accepted")
        } catch {
            #expect(error.status == .contentTooLarge && error.code == "too_large")
        }
    }

    @Test func aGroupHasEachMemberOnce() throws {
        let request = try GroupRequest(Array(#"{"name":"Team ä","members":["b","a","b"]}"#.utf8))
        #expect(request.name == "Team ä" && request.members == ["b", "a"])
    }

    @Test(arguments: [
        (#"{"members":[]}"#, "'name'"), (#"{"name":"x"}"#, "'members'"), (#"{"name":1,"members":[]}"#, "'name'"),
        (#"{"name":"","members":[]}"#, "'name'"), (#"{"name":"x","members":"a"}"#, "'members'"),
        (#"{"name":"x","members":["a b"]}"#, "'members'"), (#"{"name":"x","members":[1]}"#, "'members'"),
        ("[]", "object"), ("nonsense", "JSON"),
    ])
    func aWrongGroupIsRefusedNamingTheField(_ body: String, _ named: String) {
        do {
            _ = try GroupRequest(Array(body.utf8))
            Issue.record("accepted: \(body)")
        } catch {
            #expect(error.code == "bad_request")
            #expect(error.detail.contains(named), "\(error.detail)")
        }
    }

    @Test func aGroupHasAtMostAHundredThousandMembers() throws {
        func body(_ count: Int) -> [UInt8] {
            Array(#"{"name":"x","members":[\#((0..<count).map { "\"u\($0)\"" }.joined(separator: ","))]}"#.utf8)
        }
        #expect(try GroupRequest(body(100_000)).members.count == 100_000)
        #expect(throws: Problem.self) { try GroupRequest(body(100_001)) }
    }

    @Test func anIdempotencyKeyIsVisibleASCII() throws {
        let name = try #require(HTTPField.Name("Idempotency-Key"))
        #expect(try IdempotencyKey.read([:]) == nil)
        #expect(try IdempotencyKey.read([name: "k-1/{x}"]) == "k-1/{x}")
        for wrong in ["", "a b", "ä", String(repeating: "x", count: 129)] {
            #expect(throws: Problem.self) { try IdempotencyKey.read([name: wrong]) }
        }
    }
}
