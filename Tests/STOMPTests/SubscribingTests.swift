import Messaging
import STOMP
import Testing

@Suite struct SubscribingTests {
    private func text(_ head: [UInt8]) -> String { String(decoding: head, as: UTF8.self) }

    @Test func theFirstInboxSubscriptionOpensTheInboxAndTheLastClosesIt() {
        var session = STOMPSession()
        session(.subscribe, ["id": "a", "destination": "/user/queue/messages", "receipt": "r1"])
        guard case .subscribeInbox(let tag)? = session.effects.first else {
            Issue.record("the inbox is not opened")
            return
        }
        #expect(session.machine.completed(tag) == [receipt("r1")])
        #expect(
            session(.subscribe, ["id": "b", "destination": "/user/queue/messages", "receipt": "r2"]) == [receipt("r2")])
        #expect(session(.unsubscribe, ["id": "a", "receipt": "r3"]) == [receipt("r3")])
        #expect(session(.unsubscribe, ["id": "b", "receipt": "r4"]) == [.unsubscribeInbox, receipt("r4")])
    }

    @Test func topicsAreOpenedAndClosedEach() {
        var session = STOMPSession()
        session(.subscribe, ["id": "a", "destination": "/topic/t1", "after": "5-0"])
        guard case .subscribeTopic(_, "t1", id(5))? = session.effects.first else {
            Issue.record("the topic is not opened")
            return
        }
        session.subscribe("b", to: "/topic/t2")
        #expect(session(.subscribe, ["id": "c", "destination": "/topic/t1"]).isEmpty)
        #expect(session(.unsubscribe, ["id": "a"]).isEmpty)
        #expect(session(.unsubscribe, ["id": "c"]) == [.unsubscribeTopic("t1")])
        #expect(session.machine.deliver(from: .topic("t1"), message: id(1)).heads.isEmpty)
        #expect(
            session.machine.deliver(from: .topic("t2"), message: id(1)).heads.map(text) == [
                "MESSAGE\nsubscription:b\ndestination:/topic/t2\n"
            ])
    }

    @Test(
        arguments: [
            (["id": "x"], .missingHeader), (["destination": "/topic/t"], .missingHeader),
            (["id": "a", "destination": "/topic/t"], .subscriptionInUse),
            (["id": "x", "destination": "/queue/t"], .unknownDestination),
            (["id": "x", "destination": "/topic/t", "ack": "never"], .badHeader),
            (["id": "x", "destination": "/topic/t", "after": "x"], .badHeader),
            (["id": "x", "destination": "/topic/used", "after": "0"], .badHeader),
            (["id": "x", "destination": "/user/queue/messages", "after": "0"], .badHeader),
        ] as [(STOMPHeaders, STOMPError.Code)])
    func aBadSubscribeIsAnError(_ headers: STOMPHeaders, _ code: STOMPError.Code) {
        var session = STOMPSession()
        session.subscribe("a", to: "/topic/used")
        #expect(session(.subscribe, headers).error == code)
    }

    @Test func subscriptionsAreBounded() {
        var session = STOMPSession(.v12, STOMPConfiguration(limits: STOMPLimits(subscriptions: 2)))
        session.subscribe("a")
        session.subscribe("b", to: "/topic/t")
        #expect(session(.subscribe, ["id": "c", "destination": "/topic/u"]).error == .tooManySubscriptions)
    }

    @Test func aRefusedSubscriptionEndsTheSession() {
        var session = STOMPSession()
        session(.subscribe, ["id": "a", "destination": "/topic/t1", "receipt": "r"])
        guard case .subscribeTopic(let tag, _, _)? = session.effects.first else { return }
        #expect(session.machine.refused(tag, STOMPError(refusal: .forbidden, "not yours")).error == .forbidden)
    }

    @Test func whatIsNotSubscribedCannotBeUnsubscribed() {
        var session = STOMPSession()
        #expect(session(.unsubscribe, ["id": "a"]).error == .unknownSubscription)
        session = STOMPSession()
        #expect(session(.unsubscribe, ["destination": "/topic/t"]).error == .missingHeader)
    }

    @Test func version10SubscribesWithoutId() {
        var session = STOMPSession(.v10)
        session(.subscribe, ["destination": "/topic/t"])
        session(.subscribe, ["destination": "/topic/t", "id": "x"])
        #expect(
            session.machine.deliver(from: .topic("t"), message: id(1)).heads.map(text) == [
                "MESSAGE\ndestination:/topic/t\n", "MESSAGE\nsubscription:x\ndestination:/topic/t\n",
            ])
        #expect(session(.unsubscribe, ["destination": "/topic/t"]).isEmpty)
        #expect(session(.unsubscribe, ["id": "x"]) == [.unsubscribeTopic("t")])
        #expect(session(.unsubscribe, ["destination": "/topic/t"]).error == .unknownSubscription)
    }

    @Test func version10HasNoIndividualAcknowledgement() {
        var session = STOMPSession(.v10)
        #expect(session(.subscribe, ["destination": "/topic/t", "ack": "client-individual"]).error == .badHeader)
    }

    @Test func aMessageNamesItsSubscriptionAndWhatToAcknowledge() {
        var session = STOMPSession()
        session.subscribe("a:b", ack: "client")
        let head = session.deliver(5).heads.map(text)
        #expect(head.count == 1)
        #expect(head[0].hasPrefix("MESSAGE\nsubscription:a\\cb\ndestination:/user/queue/messages\nack:"))
        #expect(head[0].hasSuffix("/5-0\ncursor:5-0\n"))
    }

    @Test func onlyVersion12NamesWhatToAcknowledgeSo() {
        var session = STOMPSession(.v11)
        session.subscribe("a", ack: "client")
        #expect(
            session.deliver(5).heads.map(text) == [
                "MESSAGE\nsubscription:a\ndestination:/user/queue/messages\ncursor:5-0\n"
            ])
    }

    @Test func headAndTailMakeAFrame() throws {
        var session = STOMPSession()
        session.subscribe("a", ack: "client")
        let json = ServerFrame.Message(id: id(105), conversation: "dm:alice:bob", from: "bob", data: Array("{}".utf8))
        let tail = MessageTail.encode(json.tail, isEscaped: true)
        var parser = STOMPFrameParser()
        parser.append((session.deliver(5).heads[0] + tail).span)
        let frame = try #require(try parser.next(version: .v12))
        #expect(frame.command == .message)
        #expect(frame.headers["conversation"] == "dm:alice:bob")
        #expect(frame.headers["cursor"] == "5-0")
        #expect(frame.headers["message-id"] == "105-0")
        #expect(frame.body == Array("{}".utf8))
    }

    @Test func withoutSubscriptionNothingIsDeliveredOrAcknowledged() {
        var session = STOMPSession()
        #expect(session.deliver(1) == STOMPDelivery())
        session.subscribe("a", to: "/topic/t")
        #expect(session.deliver(2) == STOMPDelivery())
    }

    @Test func aMessageThatWasDeliveredIsPassedOver() {
        var session = STOMPSession()
        session.subscribe("a", ack: "client")
        #expect(session.deliver(5).heads.count == 1)
        #expect(session.deliver(5).heads.isEmpty)
        #expect(session.deliver(4).heads.isEmpty)
    }
}
