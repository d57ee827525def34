import Messaging
import STOMP
import Testing

@Suite struct AcknowledgingTests {
    /// The `ack` header of a delivery's first head.
    private func ack(_ delivery: STOMPDelivery) -> String {
        let lines = String(decoding: delivery.heads.first ?? [], as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("ack:") }.map { String($0.dropFirst(4)) } ?? ""
    }

    @Test func autoAcknowledgesWithTheDelivery() {
        var session = STOMPSession()
        session.subscribe("a")
        #expect(session.deliver(1).effects == [.acknowledge(id(1))])
    }

    @Test func clientIsCumulative() {
        var session = STOMPSession()
        session.subscribe("a", ack: "client")
        let acks = (1...3).map { ack(session.deliver($0)) }
        #expect(session(.ack, ["id": acks[1], "receipt": "r"]) == [.acknowledge(id(2)), receipt("r")])
        #expect(session(.ack, ["id": acks[2]]) == [.acknowledge(id(3))])
        #expect(session(.ack, ["id": acks[2], "receipt": "r"]) == [receipt("r")], "once more changes nothing")
    }

    @Test func individualAcknowledgementsMoveTheCursorInOrder() {
        var session = STOMPSession()
        session.subscribe("a", ack: "client-individual")
        let acks = (1...3).map { ack(session.deliver($0)) }
        #expect(session(.ack, ["id": acks[1]]).isEmpty)
        #expect(session(.ack, ["id": acks[0]]) == [.acknowledge(id(2))])
    }

    @Test func twoSubscriptionsMustBothAcknowledge() {
        var session = STOMPSession()
        session.subscribe("a", ack: "client")
        session.subscribe("b")
        let delivery = session.deliver(1)
        #expect(delivery.heads.count == 2)
        #expect(delivery.effects.isEmpty)
        #expect(session(.ack, ["id": ack(delivery)]) == [.acknowledge(id(1))])
    }

    @Test func version11NamesMessageAndSubscription() {
        var session = STOMPSession(.v11)
        session.subscribe("a", ack: "client")
        for n in 1...2 { session.deliver(UInt64(n)) }
        #expect(session(.ack, ["message-id": "102-0", "subscription": "a"]) == [.acknowledge(id(2))])
        #expect(session(.ack, ["message-id": "102-0", "subscription": "gone", "receipt": "r"]) == [receipt("r")])
        #expect(session(.ack, ["message-id": "102-0"]).error == .missingHeader)
    }

    @Test func version10NamesTheMessageAlone() {
        var session = STOMPSession(.v10)
        session(.subscribe, ["destination": "/user/queue/messages", "ack": "client"])
        session.deliver(1)
        #expect(session(.ack, ["message-id": "101-0"]) == [.acknowledge(id(1))])
        #expect(session(.nack, ["message-id": "101-0"]).error == .unknownCommand)
    }

    @Test func aRefusedMessageHoldsTheCursor() {
        var session = STOMPSession()
        session.subscribe("a", ack: "client")
        let acks = (1...3).map { ack(session.deliver($0)) }
        #expect(session(.ack, ["id": acks[0]]) == [.acknowledge(id(1))])
        #expect(session(.nack, ["id": acks[1], "receipt": "r"]) == [receipt("r")])
        #expect(session(.ack, ["id": acks[2]]).isEmpty)
    }

    @Test func orItIsDiscardedWhereThatIsConfigured() {
        var session = STOMPSession(.v12, STOMPConfiguration(refusal: .discard))
        session.subscribe("a", ack: "client-individual")
        let acks = (1...2).map { ack(session.deliver($0)) }
        #expect(session(.nack, ["id": acks[0]]) == [.acknowledge(id(1))])
    }

    @Test(arguments: ["", "x", "1", "1/", "/1-0", "1/x", "99/1-0", "0/1-0", "1/01-0"])
    func whatWasNeverGivenOutCannotBeAcknowledged(_ value: String) {
        var session = STOMPSession()
        session.subscribe("a", ack: "client")
        let code = session(.ack, ["id": value]).error
        #expect(code == (value.isEmpty ? .missingHeader : .badHeader))
    }

    @Test func anAcknowledgementAfterUnsubscribingChangesNothing() {
        var session = STOMPSession()
        session.subscribe("a", ack: "client")
        let value = ack(session.deliver(1))
        session(.unsubscribe, ["id": "a"])
        #expect(session(.ack, ["id": value, "receipt": "r"]) == [receipt("r")])
    }

    @Test func whatIsUnacknowledgedComesAgainWithTheNextSubscription() {
        var session = STOMPSession()
        session.subscribe("a", ack: "client")
        session.deliver(1)
        #expect(session(.unsubscribe, ["id": "a"]) == [.unsubscribeInbox])
        session.subscribe("b", ack: "client")
        #expect(session.deliver(1).heads.count == 1)
    }

    @Test func acknowledgementsOfTopicsAreTaken() {
        var session = STOMPSession()
        session.subscribe("a", to: "/topic/t", ack: "client")
        let value = ack(session.machine.deliver(from: .topic("t"), message: id(9)))
        #expect(value.hasSuffix("/9-0"))
        #expect(session(.ack, ["id": value, "receipt": "r"]) == [receipt("r")])
    }

    @Test func anAcknowledgementInATransactionWaitsForTheCommit() {
        var session = STOMPSession()
        session.subscribe("a", ack: "client")
        let value = ack(session.deliver(1))
        session(.begin, ["transaction": "t"])
        #expect(session(.ack, ["id": value, "transaction": "t"]).isEmpty)
        #expect(session(.commit, ["transaction": "t", "receipt": "c"]) == [.acknowledge(id(1)), receipt("c")])
        #expect(session(.ack, ["id": value, "transaction": "t"]).error == .unknownTransaction)
    }

    @Test func anAbortedAcknowledgementIsNone() {
        var session = STOMPSession()
        session.subscribe("a", ack: "client")
        let value = ack(session.deliver(1))
        session(.begin, ["transaction": "t"])
        session(.ack, ["id": value, "transaction": "t"])
        session(.abort, ["transaction": "t"])
        #expect(session(.ack, ["id": value]) == [.acknowledge(id(1))])
    }

    @Test func theInboxPausesWhenTooMuchIsUnacknowledged() {
        var session = STOMPSession(.v12, STOMPConfiguration(limits: STOMPLimits(unacknowledged: 4)))
        session.subscribe("a", ack: "client")
        let deliveries = (1...4).map { session.deliver($0) }
        #expect(deliveries.map(\.effects) == [[], [], [], [.pauseInbox]])
        #expect(session(.ack, ["id": ack(deliveries[0])]) == [.acknowledge(id(1))])
        #expect(session(.ack, ["id": ack(deliveries[1])]) == [.acknowledge(id(2)), .resumeInbox])
    }

    @Test(arguments: [STOMPVersion.v10, .v11, .v12])
    func acknowledgingWhatHasNoCursorIsGoodForTheInboxBefore(_ version: STOMPVersion) {
        var session = STOMPSession(version)
        session.subscribe("a", ack: "client")
        session.deliver(1)
        session.deliver(2)
        let group = session.machine.deliver(from: .inbox, message: id(7))
        let last = ack(session.deliver(3))
        let named: STOMPHeaders =
            switch version {
            case .v10: ["message-id": "7-0"]
            case .v11: ["message-id": "7-0", "subscription": "a"]
            case .v12: ["id": ack(group)]
            }
        #expect(session(.ack, named) == [.acknowledge(id(2))])
        #expect(session(.ack, named).isEmpty, "once more changes nothing")
        let rest: STOMPHeaders = version == .v12 ? ["id": last] : ["message-id": "103-0", "subscription": "a"]
        #expect(session(.ack, rest) == [.acknowledge(id(3))])
    }

    @Test(arguments: [STOMPVersion.v11, .v12])
    func whatIsRefusedStaysSoWhenSomethingBehindItIsAcknowledged(_ version: STOMPVersion) {
        var session = STOMPSession(version)
        session.subscribe("a", ack: "client")
        let first = session.deliver(1)
        let second = session.deliver(2)
        let group = session.machine.deliver(from: .inbox, message: id(7))
        let v12 = version == .v12
        session(.ack, v12 ? ["id": ack(first)] : ["message-id": "101-0", "subscription": "a"])
        session(.nack, v12 ? ["id": ack(second)] : ["message-id": "102-0", "subscription": "a"])
        #expect(session(.ack, v12 ? ["id": ack(group)] : ["message-id": "7-0", "subscription": "a"]).isEmpty)
        #expect(
            session(.ack, v12 ? ["id": ack(second)] : ["message-id": "102-0", "subscription": "a"])
                == [.acknowledge(id(2))], "by its own name it is acknowledged all the same")
    }

    @Test func oneByOneWhatHasNoCursorMovesNothing() {
        var session = STOMPSession(.v11)
        session.subscribe("a", ack: "client-individual")
        session.deliver(1)
        _ = session.machine.deliver(from: .inbox, message: id(7))
        #expect(session(.ack, ["message-id": "7-0", "subscription": "a", "receipt": "r"]) == [receipt("r")])
    }

    @Test func ofTwoWithTheSameIdTheFirstIsMeant() {
        var session = STOMPSession(.v11)
        session.subscribe("a", ack: "client")
        session.deliver(1)
        _ = session.machine.deliver(from: .inbox, message: id(102))
        session.deliver(2)
        #expect(session(.ack, ["message-id": "102-0", "subscription": "a"]) == [.acknowledge(id(1))])
    }
}
