import Messaging
import RedisStreams
import Testing

@testable import MessageRouter

@Suite struct EdgeFanoutTests {
    private func message(_ number: UInt64) -> Dispatch {
        .message(
            id: id(number), source: id(number),
            DeliverScript.Entry(conversation: "group:g", from: "a", device: "d", data: [0x31]))
    }

    private func batches(_ fanout: inout EdgeFanout) -> [EdgeTarget: EdgeBatch] {
        Dictionary(uniqueKeysWithValues: fanout.take().map { ($0.target, $0.batch) })
    }

    @Test func aBodyIsThereOnceForEachEdgeHoweverManyRecipients() {
        var fanout = EdgeFanout()
        for (user, edge) in [("a", "e1"), ("b", "e2"), ("c", "e1"), ("d", "e1")] {
            fanout.add(message(1), number: 1, user: user, link: (id(5), id(4)), to: .edge(edge))
        }
        #expect(fanout.targets == 2)
        let batches = batches(&fanout)
        #expect(batches[.edge("e1")]?.items.count == 1)
        guard case .message(let message)? = batches[.edge("e1")]?.items.first else {
            Issue.record("no message")
            return
        }
        #expect(message.recipients.map(\.user) == ["a", "c", "d"])
        #expect(message.recipients[0].cursor == id(5) && message.recipients[0].previous == id(4))
        #expect(batches[.edge("e2")]?.items.count == 1)
    }

    @Test func anEdgeIsToldInTheOrderOfTheLog() {
        var fanout = EdgeFanout()
        fanout.add(message(1), number: 1, user: "a", link: (id(1), .zero), to: .edge("e1"))
        fanout.add(
            .read(conversation: "group:g", user: "a", device: "phone", id: id(1)), number: 2, user: "b", to: .edge("e1")
        )
        fanout.add(message(3), number: 3, user: "a", link: (id(2), id(1)), to: .edge("e1"))
        let items = batches(&fanout)[.edge("e1")]?.items ?? []
        guard items.count == 3, case .message(let first) = items[0], case .read(_, _, _, _, let users) = items[1],
            case .message(let last) = items[2]
        else {
            Issue.record("other items than expected")
            return
        }
        #expect(first.id == id(1) && users == ["b"] && last.id == id(3))
    }

    @Test func aUserIsLookedAtOnceAsFarAsNeeded() {
        var fanout = EdgeFanout()
        fanout.look(user: "a", cursor: id(7), to: .edge("e1"))
        fanout.look(user: "a", cursor: id(9), to: .edge("e1"))
        fanout.look(user: "a", cursor: id(8), to: .edge("e1"))
        let batches = batches(&fanout)
        #expect(batches[.edge("e1")]?.items == [.look(user: "a", cursor: id(9))])
    }

    @Test func whatWasTakenIsGone() {
        var fanout = EdgeFanout()
        fanout.add(message(1), number: 1, user: "a", link: (id(1), .zero), to: .edge("e1"))
        _ = fanout.take()
        let again = fanout.take()
        #expect(again.isEmpty)
        #expect(fanout.targets == 0)
    }

    @Test func whatIsForAllEdgesIsOneBatchBesideThoseOfSome() {
        var fanout = EdgeFanout()
        fanout.add(message(1), number: 1, user: "a", link: (id(1), .zero), to: .all, weight: 0)
        fanout.add(message(1), number: 1, user: "b", link: (id(2), .zero), to: .all, weight: 0)
        fanout.add(message(2), number: 2, user: "c", link: (id(3), .zero), to: .edge("e1"))
        fanout.look(user: "d", cursor: id(9), to: .all)
        #expect(fanout.targets == 1)
        let batches = batches(&fanout)
        #expect(batches.count == 2)
        #expect(batches[.all]?.items.count == 2)
        guard case .message(let message)? = batches[.all]?.items.first else {
            Issue.record("no message")
            return
        }
        #expect(message.recipients.map(\.user) == ["a", "b"])
    }
}
