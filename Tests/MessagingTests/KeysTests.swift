import Messaging
import Testing

@Suite struct KeysTests {
    private let keys = Keys()

    /// What stands between the first brace and the next closing one: what Redis Cluster hashes.
    private func tag(_ key: String) -> Substring? {
        guard let open = key.firstIndex(of: "{"), let close = key[open...].firstIndex(of: "}") else { return nil }
        return key[key.index(after: open)..<close]
    }

    @Test func theKeysOfAPartitionShareASlot() {
        let all = [
            keys.log(3), keys.signals(3), keys.sessionEvents(3), keys.sent(3, user: "alice", device: "phone"),
            keys.idempotency(3, user: "alice", asked: "message", key: "k"), keys.lease(3, group: "router"),
            keys.position(3, group: "router"), keys.grace(3),
        ]
        #expect(all.allSatisfy { tag($0) == "p:3" })
        #expect(Set(all).count == all.count)
    }

    @Test func theKeysOfAUserShareASlot() {
        let all = [
            keys.inbox("alice"), keys.sessions("alice"), keys.devices("alice"), keys.marks("alice"),
            keys.presence("alice"),
        ]
        #expect(all.allSatisfy { tag($0) == "u:alice" })
        #expect(Set(all).count == all.count)
    }

    @Test func theKeysOfAGroupShareASlot() {
        #expect(tag(keys.members("team")) == "g:team")
        #expect(tag(keys.group("team")) == "g:team")
        #expect(keys.members("team") != keys.group("team"))
    }

    @Test func theKeysOfAFeedShareASlot() {
        let feed = Feed(topic: "news")
        let all = [keys.feedLog(feed), keys.feedHead(feed), keys.feedEdges(feed)]
        #expect(all.allSatisfy { tag($0) == "t:news" })
        #expect(Set(all).count == all.count)
    }

    @Test func aKeyFromAClientCannotLeaveItsSlot() {
        #expect(tag(keys.idempotency(3, user: "alice", asked: "message", key: "}{u:bob}")) == "p:3")
    }

    @Test func everyKeyBearsThePrefix() {
        let keys = Keys(prefix: "test:")
        let all = [
            keys.log(0), keys.inbox("a"), keys.members("g"), keys.out("e"), keys.all, keys.edges, keys.deadIncarnations,
            keys.installation, keys.instances(group: "router"), keys.incarnation("e:b"), keys.explanations("p"),
            keys.transitions(1), keys.watchers("a"), keys.contacts("a"), keys.groups("a"),
            keys.incarnationFence("e:b"), keys.incarnationEnded("e:b"),
            keys.ring, keys.ringChanges,
        ]
        #expect(all.allSatisfy { $0.hasPrefix("test:") })
    }

    @Test func namesDoNotChangeUnnoticed() {
        #expect(keys.log(0) == "sb:{p:0}:log")
        #expect(keys.sent(1, user: "a", device: "d") == "sb:{p:1}:sent:a/d")
        #expect(keys.inbox("alice") == "sb:{u:alice}:inbox")
        #expect(keys.marks("alice") == "sb:{u:alice}:marks")
        #expect(keys.out("edge-1") == "sb:{e:edge-1}:out")
        #expect(keys.all == "sb:all")
        #expect(keys.edges == "sb:edges")
    }
}
