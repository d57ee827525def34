import Messaging
import STOMP
import Testing

@Suite struct SendingTests {
    @Test func aSendIsAppendedAndItsReceiptFollowsTheLog() {
        var session = STOMPSession()
        session(.send, ["destination": "/user/bob", "receipt": "r1", "n": "7"], "{\"a\":1}")
        guard case .send(let send)? = session.effects.first else {
            Issue.record("nothing is sent")
            return
        }
        #expect(send.purpose == .message(.user("bob")))
        #expect(send.identity == .counter(7))
        #expect(send.data == Array("{\"a\":1}".utf8))
        #expect(session.effects.count == 1)
        #expect(
            session.machine.completed(send.tag, ["message-id": "1-0"]) == [
                .reply(STOMPFrame(.receipt, ["receipt-id": "r1", "message-id": "1-0"]))
            ])
        #expect(session.machine.completed(send.tag).isEmpty)
    }

    @Test func withoutReceiptNothingIsAnswered() {
        var session = STOMPSession()
        let tags = session(.send, ["destination": "/group/g"], "hi").tags
        #expect(session.machine.completed(tags[0]).isEmpty)
    }

    @Test func aSendSaysWhatItIsFor() throws {
        var session = STOMPSession()
        let place: STOMPHeaders = ["conversation": "group:g", "id": "5-0"]
        var sends: [STOMPSend] = []
        for name in ["/edit", "/delete", "/read"] {
            var headers = place
            headers.append("destination", name)
            for case .send(let send) in session(.send, headers, name == "/edit" ? "new" : "") { sends.append(send) }
        }
        for case .send(let send) in session(.send, ["destination": "/user/bob", "type": "signal"], "1") {
            sends.append(send)
        }
        #expect(
            sends.map(\.purpose) == [
                .edit(.group("g"), id(5)), .delete(.group("g"), id(5)), .read(.group("g"), id(5)),
                .signal(.user("bob")),
            ])
        #expect(sends.map { String(decoding: $0.data, as: UTF8.self) } == ["\"new\"", "", "", "1"])
        #expect(sends.allSatisfy { $0.identity == .none })
    }

    @Test func aKeyMayTellARepeat() {
        var session = STOMPSession()
        guard
            case .send(let send)? = session(.send, ["destination": "/user/bob", "idempotency-key": "k1"], "x").first
        else {
            Issue.record("nothing is sent")
            return
        }
        #expect(send.identity == .key("k1"))
    }

    @Test func aBodyThatIsTooLongAsJSONIsRefused() {
        var session = STOMPSession(.v12, STOMPConfiguration(limits: STOMPLimits(bodyBytes: 10)))
        #expect(session(.send, ["destination": "/user/bob"], "12345678a").error == .bodyTooLarge)
    }

    @Test func aRefusedSendEndsTheSessionNamingItsReceipt() {
        var session = STOMPSession()
        let tags = session(.send, ["destination": "/user/bob", "receipt": "r"], "x").tags
        let effects = session.machine.refused(tags[0], STOMPError(refusal: .busy, "the log is full"))
        #expect(effects.error == .busy)
        guard case .reply(let frame) = effects[0] else { return }
        #expect(frame.headers["receipt-id"] == "r")
        #expect(session(.send, ["destination": "/user/bob"]).isEmpty)
        #expect(session.machine.refused(99, STOMPError(.busy, "")).isEmpty)
    }

    @Test(
        arguments: [
            ([:], "x", .missingHeader), (["destination": ""], "x", .missingHeader),
            (["destination": "/queue/a"], "x", .unknownDestination),
            (["destination": "/user/b", "n": "-1"], "x", .badHeader),
            (["destination": "/user/b", "n": "9007199254740992"], "x", .badHeader),
            (["destination": "/user/b", "n": "1", "idempotency-key": "k"], "x", .badHeader),
            (["destination": "/user/b", "idempotency-key": ""], "x", .badHeader),
            (["destination": "/user/b", "idempotency-key": "a b"], "x", .badHeader),
            (["destination": "/edit", "id": "1-0"], "x", .missingHeader),
            (["destination": "/edit", "id": "1-0", "conversation": "bob"], "x", .badHeader),
            (["destination": "/edit", "id": "x", "conversation": "group:g"], "x", .badHeader),
            (["destination": "/delete", "id": "1-0", "conversation": "group:g"], "x", .unexpectedBody),
            (["destination": "/read", "conversation": "group:g"], "", .missingHeader),
            (["destination": "/user/b", "content-type": "application/json"], "{", .badBody),
            (["destination": "/user/b", "transaction": "t"], "x", .unknownTransaction),
            (["destination": "/user/b", "transaction": ""], "x", .missingHeader),
        ] as [(STOMPHeaders, String, STOMPError.Code)])
    func aBadSendIsAnError(_ headers: STOMPHeaders, _ body: String, _ code: STOMPError.Code) {
        var session = STOMPSession()
        #expect(session(.send, headers, body).error == code)
    }

    @Test(arguments: [STOMPCommand.subscribe, .unsubscribe, .begin, .commit, .abort, .ack, .nack, .disconnect])
    func onlySendHasABody(_ command: STOMPCommand) {
        var session = STOMPSession()
        #expect(session(command, ["id": "1", "transaction": "t"], "x").error == .unexpectedBody)
    }

    @Test func version10IgnoresABody() {
        var session = STOMPSession(.v10)
        #expect(session(.begin, ["transaction": "t", "receipt": "r"], "x") == [receipt("r")])
    }

    // MARK: Transactions

    @Test func aTransactionGoesOutWithItsCommit() {
        var session = STOMPSession()
        #expect(session(.begin, ["transaction": "t", "receipt": "b"]) == [receipt("b")])
        #expect(
            session(.send, ["destination": "/user/bob", "transaction": "t", "receipt": "s"], "1") == [receipt("s")])
        #expect(session(.send, ["destination": "/group/g", "transaction": "t"], "2").isEmpty)
        let effects = session(.commit, ["transaction": "t", "receipt": "c"])
        #expect(effects.count == 2)
        let tags = effects.tags
        #expect(session.machine.completed(tags[1]).isEmpty)
        // What is said of one message is not said of several.
        #expect(session.machine.completed(tags[0], ["message-id": "1-0"]) == [receipt("c")])
        #expect(session(.commit, ["transaction": "t"]).error == .unknownTransaction)
    }

    @Test func anAbortedTransactionLeavesNothing() {
        var session = STOMPSession()
        session(.begin, ["transaction": "t"])
        session(.send, ["destination": "/user/bob", "transaction": "t"], "1")
        #expect(session(.abort, ["transaction": "t", "receipt": "a"]) == [receipt("a")])
        session(.begin, ["transaction": "t"])
        #expect(session(.commit, ["transaction": "t", "receipt": "c"]) == [receipt("c")])
    }

    @Test func transactionsAreApart() {
        var session = STOMPSession()
        session(.begin, ["transaction": "a"])
        session(.begin, ["transaction": "b"])
        session(.send, ["destination": "/user/bob", "transaction": "a"], "1")
        #expect(session(.commit, ["transaction": "b"]).isEmpty)
        #expect(session(.commit, ["transaction": "a"]).tags.count == 1)
    }

    @Test func aRefusalWithinACommitNamesTheCommit() {
        var session = STOMPSession()
        session(.begin, ["transaction": "t"])
        session(.send, ["destination": "/user/bob", "transaction": "t"], "1")
        let tags = session(.commit, ["transaction": "t", "receipt": "c"]).tags
        guard case .reply(let frame)? = session.machine.refused(tags[0], STOMPError(.rateLimited, "slower")).first
        else {
            Issue.record("no ERROR")
            return
        }
        #expect(frame.headers["receipt-id"] == "c")
    }

    @Test func transactionsAreBounded() {
        let limits = STOMPLimits(transactions: 2, transactionFrames: 2, transactionBytes: 10)
        let configuration = STOMPConfiguration(limits: limits)
        var session = STOMPSession(.v12, configuration)
        session(.begin, ["transaction": "a"])
        #expect(session(.begin, ["transaction": "a"]).error == .transactionInUse)

        session = STOMPSession(.v12, configuration)
        session(.begin, ["transaction": "a"])
        session(.begin, ["transaction": "b"])
        #expect(session(.begin, ["transaction": "c"]).error == .tooManyTransactions)

        session = STOMPSession(.v12, configuration)
        session(.begin, ["transaction": "a"])
        for _ in 0..<2 { #expect(session(.send, ["destination": "/user/b", "transaction": "a"], "1").isEmpty) }
        #expect(session(.send, ["destination": "/user/b", "transaction": "a"], "1").error == .transactionTooLarge)

        session = STOMPSession(.v12, configuration)
        session(.begin, ["transaction": "a"])
        session(.begin, ["transaction": "b"])
        session(.send, ["destination": "/user/b", "transaction": "a"], "123456")
        #expect(session(.send, ["destination": "/user/b", "transaction": "b"], "1234").isEmpty)
        #expect(session(.send, ["destination": "/user/b", "transaction": "a"], "1").error == .transactionTooLarge)
    }

    @Test(arguments: [STOMPCommand.begin, .commit, .abort])
    func aTransactionNeedsAName(_ command: STOMPCommand) {
        var session = STOMPSession()
        #expect(session(command).error == .missingHeader)
    }

    // MARK: DISCONNECT

    @Test func disconnectIsReceiptedAndClosesNormally() {
        var session = STOMPSession()
        #expect(session(.disconnect, ["receipt": "77"]) == [receipt("77"), .close(.normal)])
        #expect(session(.send, ["destination": "/user/b"], "x").isEmpty)
        session = STOMPSession()
        #expect(session(.disconnect) == [.close(.normal)])
    }

    @Test func disconnectWaitsForWhatWasSentBefore() {
        var session = STOMPSession()
        let first = session(.send, ["destination": "/user/b", "receipt": "1"], "x").tags[0]
        let second = session(.send, ["destination": "/user/b"], "x").tags[0]
        #expect(session(.disconnect, ["receipt": "77"]).isEmpty)
        #expect(session(.send, ["destination": "/user/b"], "x").isEmpty, "no more frames are taken")
        #expect(session.machine.completed(second).isEmpty)
        #expect(session.machine.completed(first) == [receipt("1"), receipt("77"), .close(.normal)])
    }

    @Test func disconnectAbortsWhatIsNotCommitted() {
        var session = STOMPSession()
        session(.begin, ["transaction": "t"])
        session(.send, ["destination": "/user/b", "transaction": "t"], "x")
        #expect(session(.disconnect) == [.close(.normal)])
    }

    @Test func aMessageMayComeWithAttachments() {
        var session = STOMPSession()
        let list =
            "[ {\"name\":\"a.png\", \"url\":\"https://files.example/a\", \"type\":\"image/png\", \"size\":5, \"more\":1} ]"
        guard
            case .send(let send)? = session(
                .send, ["destination": "/user/bob", "attachments": list], "see"
            ).first
        else {
            Issue.record("nothing is sent")
            return
        }
        #expect(
            String(decoding: send.attachments, as: UTF8.self)
                == "[{\"url\":\"https://files.example/a\",\"type\":\"image/png\",\"size\":5,\"name\":\"a.png\"}]")
        guard
            case .send(let none)? = session(.send, ["destination": "/user/bob", "attachments": "[]"], "see").first
        else {
            Issue.record("nothing is sent")
            return
        }
        #expect(none.attachments.isEmpty)
    }

    @Test(arguments: [
        "", "[", "{}", "[1]", "[{}]", "[{\"url\":\"ftp://x\",\"type\":\"a/b\",\"size\":1,\"name\":\"n\"}]", "[] []",
    ])
    func badAttachmentsAreRefusedByName(_ text: String) {
        var session = STOMPSession()
        let effects = session(.send, ["destination": "/user/bob", "attachments": text, "receipt": "r"], "x")
        #expect(effects.error == .badHeader)
        guard case .reply(let error)? = effects.first else { return }
        #expect(String(decoding: error.body, as: UTF8.self).hasPrefix("header 'attachments"))
        #expect(error.headers["receipt-id"] == "r")
    }

    @Test func attachmentsCountInATransaction() {
        var session = STOMPSession(.v12, STOMPConfiguration(limits: STOMPLimits(transactionBytes: 100)))
        session(.begin, ["transaction": "t"])
        let list = "[{\"url\":\"https://files.example/a\",\"type\":\"image/png\",\"size\":5,\"name\":\"a.png\"}]"
        let headers: STOMPHeaders = ["destination": "/user/bob", "transaction": "t", "attachments": list]
        #expect(session(.send, headers, "x").isEmpty)
        #expect(session(.send, headers, "x").error == .transactionTooLarge)
    }

    @Test func aFreshTokenIsSentToADestinationOfItsOwn() {
        var session = STOMPSession()
        for headers in [["Authorization": "Bearer t1"], ["passcode": "t1"]] as [STOMPHeaders] {
            var headers = headers
            headers.append("destination", "/token")
            headers.append("receipt", "r")
            guard case .send(let send)? = session(.send, headers).first else {
                Issue.record("nothing is asked")
                return
            }
            #expect(send.purpose == .token("t1"))
            #expect(session.machine.completed(send.tag) == [receipt("r")])
        }
        #expect(session(.send, ["destination": "/token"]).error == .missingHeader)
        session = STOMPSession()
        #expect(session(.send, ["destination": "/token", "passcode": "t"], "body").error == .unexpectedBody)
    }
}
