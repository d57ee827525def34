import Foundation
import Messaging
import Testing

@Suite struct ServerFrameTests {
    private let id = MessageID(milliseconds: 1_700_000_000_123, sequence: 4)

    private func object(_ bytes: [UInt8]) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary)
    }

    private func expect(_ bytes: [UInt8], _ json: String) throws {
        #expect(try object(bytes) == object(Array(json.utf8)))
    }

    @Test func encodesEveryFrameOfTheContract() throws {
        try expect(
            ServerFrame.welcome(
                user: "alice", device: "phone", session: "s1", edge: "edge-1", cursor: id, heartbeat: 25,
                limits: .init(
                    messageBytes: 65536, rate: 50, burst: 100, inFlight: 64, sessions: 20, reconnectWithin: 1500)),
            """
            {"type":"welcome","user":"alice","device":"phone","session":"s1","edge":"edge-1","cursor":"1700000000123-4","heartbeat":25,
             "limits":{"messageBytes":65536,"rate":50,"burst":100,"inFlight":64,"sessions":20,"reconnectWithin":1500}}
            """)
        try expect(
            ServerFrame.accepted(n: 0, id: id, conversation: "dm:a:b", isDuplicate: false),
            #"{"type":"accepted","n":0,"id":"1700000000123-4","conversation":"dm:a:b","at":1700000000123}"#)
        try expect(
            ServerFrame.accepted(n: 10, id: id, conversation: "dm:a:b", isDuplicate: true),
            #"{"type":"accepted","n":10,"id":"1700000000123-4","conversation":"dm:a:b","at":1700000000123,"duplicate":true}"#
        )
        try expect(
            ServerFrame.signal(from: "a", to: "user:b", data: Array("[1]".utf8)),
            #"{"type":"signal","from":"a","to":"user:b","data":[1]}"#)
        try expect(
            ServerFrame.read(conversation: "dm:a:b", user: "a", id: id),
            #"{"type":"read","conversation":"dm:a:b","user":"a","id":"1700000000123-4"}"#)
        try expect(
            ServerFrame.gap(after: .zero, reason: "trimmed"), #"{"type":"gap","after":"0-0","reason":"trimmed"}"#)
        try expect(
            ServerFrame.gap(conversation: "topic:x", after: id, reason: "trimmed"),
            #"{"type":"gap","conversation":"topic:x","after":"1700000000123-4","reason":"trimmed"}"#)
        try expect(ServerFrame.ok(n: 3, after: .zero), #"{"type":"ok","n":3,"after":"0-0"}"#)
        try expect(
            ServerFrame.moving(url: "wss://e2.example/ws?a=\"b\"", within: 500),
            #"{"type":"moving","url":"wss://e2.example/ws?a=\"b\"","within":500}"#)
        try expect(ServerFrame.moving(url: nil, within: 5000), #"{"type":"moving","within":5000}"#)
        try expect(ServerFrame.ok(n: 3), #"{"type":"ok","n":3}"#)
        try expect(ServerFrame.pong(n: ClientFrame.maximumN), #"{"type":"pong","n":9007199254740991}"#)
        try expect(
            ServerFrame.error(.busy, "later", n: 2, retryAfter: 500),
            #"{"type":"error","n":2,"code":"busy","message":"later","retryAfter":500}"#)
        try expect(
            ServerFrame.error(.badRequest, "a \"b\" \\ \u{1}\n é"),
            #"{"type":"error","code":"bad_request","message":"a \"b\" \\ \u0001\u000a é"}"#)
    }

    @Test func sharesTheTailOfAMessage() throws {
        let message = ServerFrame.Message(id: id, conversation: "group:g", from: "a", data: Array(#"{ "x":1 }"#.utf8))
        let cursor = MessageID(milliseconds: 9, sequence: 0)
        let bytes = ServerFrame.Message.prefix(cursor: cursor) + message.tail
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"type":"message","cursor":"9-0","id":"1700000000123-4","conversation":"group:g","from":"a","#
                + #""at":1700000000123,"data":{ "x":1 }}"#)
        _ = try object(bytes)
        try expect(
            ServerFrame.Message.prefix + message.tail,
            #"{"type":"message","id":"1700000000123-4","conversation":"group:g","from":"a","at":1700000000123,"data":{"x":1}}"#
        )
    }
}
