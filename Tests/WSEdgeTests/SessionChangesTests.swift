import Messaging
import NIOCore
import RedisStreams
import Testing

@testable import WSEdge

/// Edits and deletions: what a session asks for, and what it is told of.
@Suite struct SessionChangesTests {
    private func id(_ number: UInt64) -> MessageID { MessageID(milliseconds: number, sequence: 0) }

    private func change(
        _ number: UInt64, _ change: MessageChange, device: String = "", data: String = "2"
    ) -> EdgeNews {
        .message(
            RoutedMessage(
                id: id(number + 1000), conversation: "dm:alice:bob", from: "alice", device: device,
                data: Array(data.utf8), change: change),
            [.init(user: "alice", cursor: id(number), previous: id(number - 1))])
    }

    @Test func whatIsAskedForIsPublishedInTheConversationsPartition() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        try client.send(#"{"type":"edit","n":1,"conversation":"dm:alice:bob","id":"5-1","data": [1.0] }"#)
        try client.send(#"{"type":"delete","n":2,"conversation":"dm:alice:bob","id":"5-1"}"#)
        let published = bench.redis.commands("publish")
        #expect(published.count == 2)
        #expect(
            published.first.map { Array($0.suffix(8)) } == [
                "edit", "dm:alice:bob", "alice", "phone", "1", "[1.0]", "message", "5-1",
            ])
        #expect(
            published.last.map { Array($0.suffix(8)) } == [
                "delete", "dm:alice:bob", "alice", "phone", "2", "", "message", "5-1",
            ])
        let answers = client.texts()
        #expect(answers.count == 2 && answers.allSatisfy { $0.contains(#""type":"accepted""#) })
    }

    @Test func whoIsNotThereIsToldAtOnceAndAnAdminMay() async throws {
        for (scopes, isAllowed) in [([], false), (["admin"], true)] as [(Set<String>, Bool)] {
            let parts = try await Bench.Parts(scopes: scopes)
            let bench = try Bench(parts, ["--topic-rules", "* publish=nobody"])
            let client = try bench.session(parts.token)
            _ = client.texts()
            // Redis says that there is no such group.
            for (n, conversation) in ["dm:bob:carol", "group:team", "topic:news"].enumerated() {
                try client.send(#"{"type":"delete","n":\#(n),"conversation":"\#(conversation)","id":"5-1"}"#)
            }
            let answers = client.texts()
            #expect(answers.count == 3)
            if isAllowed {
                #expect(bench.redis.commands("publish").allSatisfy { Array($0.suffix(2)) == ["admin", "1"] })
                #expect(bench.redis.commands("publish").count == 3)
            } else {
                #expect(bench.redis.commands("publish").isEmpty)
                #expect(answers.count { $0.contains(#""code":"forbidden""#) } == 2)
                #expect(answers.count { $0.contains(#""code":"not_found""#) } == 1)
            }
        }
    }

    @Test func whatBecameOfAMessageIsToldToEveryDeviceInTheChain() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let phone = try bench.session(parts.token)
        let tablet = try bench.session(parts.token, device: "tablet")
        for client in [phone, tablet] { _ = client.texts() }
        bench.loop.handle([change(6, .edited(id(3))), change(7, .deleted(id(3)), data: "")])
        for client in [phone, tablet] {
            #expect(
                client.texts() == [
                    #"{"type":"edited","cursor":"6-0","id":"3-0","conversation":"dm:alice:bob","from":"alice","at":1006,"change":"1006-0","data":2}"#,
                    #"{"type":"deleted","cursor":"7-0","id":"3-0","conversation":"dm:alice:bob","from":"alice","at":1007,"change":"1007-0"}"#,
                ])
        }
    }

    @Test func aRefusalIsForTheDeviceThatAskedAndTheChainGoesOnForTheOthers() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let phone = try bench.session(parts.token)
        let tablet = try bench.session(parts.token, device: "tablet")
        for client in [phone, tablet] { _ = client.texts() }
        bench.loop.handle([
            change(6, .refused(id(3), n: 9, .forbidden), device: "phone", data: "it is not yours"),
            change(7, .unknown), change(8, .edited(id(4))),
        ])
        #expect(
            phone.texts() == [
                #"{"type":"error","cursor":"6-0","id":"3-0","conversation":"dm:alice:bob","n":9,"code":"forbidden","message":"it is not yours","change":"1006-0"}"#,
                #"{"type":"edited","cursor":"8-0","id":"4-0","conversation":"dm:alice:bob","from":"alice","at":1008,"change":"1008-0","data":2}"#,
            ])
        #expect(tablet.texts().count == 1)
        // Nothing was missed by either.
        #expect(bench.redis.commands("XRANGE").isEmpty)
        try phone.send(#"{"type":"ack","cursor":"6-0"}"#)
        #expect(phone.texts().isEmpty)
    }

    @Test func anEntryOfTheInboxThatIsNotKnownIsPassedOver() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        func entry(_ number: UInt64, _ change: String) -> RedisValue {
            let fields = [
                "prev", "\(number - 1)-0", "id", "\(number + 1000)-0", "conversation", "dm:alice:bob", "from", "bob",
                "device", "", "data", "2", "change", change,
            ]
            return .array([.status("\(number)-0"), .array(fields.map { .bytes(Array($0.utf8)) })])
        }
        bench.redis.answers("XRANGE", with: .array([entry(6, "pinned 3-0"), entry(7, "edited 3-0")]))
        bench.loop.handle([.look(user: "alice", cursor: id(7))])
        let texts = client.texts()
        #expect(texts.count == 1 && texts.first?.contains(#""type":"edited","cursor":"7-0","id":"3-0""#) == true)
    }

    @Test func attachmentsArePublishedInOneForm() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        try client.send(
            #"{"type":"send","n":1,"to":"user:bob","data":1,"attachments":[{"name":"a","size":1,"type":"a/b","url":"https://x"}]}"#
        )
        #expect(
            bench.redis.commands("publish").first.map { Array($0.suffix(2)) } == [
                "attachments", #"[{"url":"https://x","type":"a/b","size":1,"name":"a"}]"#,
            ])
        try client.send(#"{"type":"send","n":2,"to":"user:bob","data":1,"attachments":[]}"#)
        #expect(bench.redis.commands("publish").last?.last == "1")
    }
}
