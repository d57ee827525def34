import Messaging
import Testing

@Suite struct ClientFrameTests {
    private func frame(_ text: String) throws(MessagingError) -> ClientFrame {
        try ClientFrame(decoding: Array(text.utf8).span)
    }

    private func error(_ text: String) -> MessagingError? {
        do {
            _ = try frame(text)
            return nil
        } catch { return error }
    }

    @Test func readsASendAndLeavesItsBodyUntouched() throws {
        let text = #"{"type":"send","n":7,"to":"user:bob","data": {"a" : 1.0} ,"extra":[]}"#
        guard case .send(let n, let to, let data, let attachments) = try frame(text) else {
            Issue.record("no send")
            return
        }
        #expect(n == 7 && attachments.isEmpty)
        #expect(to == .user("bob"))
        #expect(String(decoding: Array(text.utf8)[data], as: UTF8.self) == #"{"a" : 1.0}"#)
    }

    @Test func readsEveryTypeInAnyOrderOfFields() throws {
        #expect(try frame(#"{"token":"a.b.c","type":"auth"}"#) == .auth(token: "a.b.c"))
        #expect(
            try frame(#"{"cursor":"5-1","type":"ack"}"#) == .acknowledge(cursor: .init(milliseconds: 5, sequence: 1)))
        #expect(
            try frame(#"{"type":"read","id":"5-1","conversation":"dm:a:b"}"#)
                == .read(conversation: .direct("a", "b"), id: .init(milliseconds: 5, sequence: 1)))
        #expect(try frame(#"{"n":0,"type":"ping"}"#) == .ping(n: 0))
        #expect(try frame(#"{"\u0074ype":"p\u0069ng","n":9007199254740991}"#) == .ping(n: ClientFrame.maximumN))
        #expect(
            try frame(#"{"type":"subscribe","n":2,"topic":"news"}"#) == .subscribe(n: 2, topic: "news", start: .now))
        #expect(
            try frame(#"{"type":"subscribe","n":2,"topic":"news","after":"0"}"#)
                == .subscribe(n: 2, topic: "news", start: .beginning))
        #expect(
            try frame(#"{"type":"subscribe","n":2,"after":"0-0","topic":"all"}"#)
                == .subscribe(n: 2, topic: "all", start: .after(.zero)))
        #expect(
            try frame(#"{"type":"subscribe","n":2,"after":null,"topic":"x"}"#)
                == .subscribe(n: 2, topic: "x", start: .now))
        #expect(try frame(#"{"type":"unsubscribe","n":3,"topic":"news"}"#) == .unsubscribe(n: 3, topic: "news"))
        guard case .signal(.all, _) = try frame(#"{"data":null,"to":"all","type":"signal"}"#) else {
            Issue.record("no signal")
            return
        }
    }

    @Test func readsWhatAsksForAChangeOfAMessage() throws {
        let text = #"{"type":"edit","n":7,"conversation":"dm:a:b","id":"5-1","data": [1.0] }"#
        guard case .edit(let n, let conversation, let id, let data) = try frame(text) else {
            Issue.record("no edit")
            return
        }
        #expect(n == 7 && conversation == .direct("a", "b") && id == MessageID(milliseconds: 5, sequence: 1))
        #expect(String(decoding: Array(text.utf8)[data], as: UTF8.self) == "[1.0]")
        #expect(
            try frame(#"{"id":"5-1","conversation":"topic:t","n":8,"type":"delete"}"#)
                == .delete(n: 8, conversation: .topic("t"), id: MessageID(milliseconds: 5, sequence: 1)))
    }

    @Test(arguments: [
        (#"{"type":"edit","n":1,"id":"1-1","data":1}"#, "conversation"),
        (#"{"type":"edit","n":1,"conversation":"dm:a:b","data":1}"#, "id"),
        (#"{"type":"edit","n":1,"conversation":"dm:a:b","id":"soon","data":1}"#, "id"),
        (#"{"type":"edit","n":1,"conversation":"dm:a:b","id":"1-1"}"#, "data"),
        (#"{"type":"delete","n":1,"conversation":"dm:b:a","id":"1-1"}"#, "conversation"),
        (#"{"type":"delete","n":1,"conversation":"dm:a:b"}"#, "id"),
        (#"{"type":"send","n":1,"to":"user:b","data":1,"attachments":7}"#, "attachments"),
        (#"{"type":"send","n":1,"to":"user:b","data":1,"attachments":[{}]}"#, "attachments[0].url"),
        (#"{"n":1}"#, "type"), (#"{"type":7,"n":1}"#, "type"), (#"{"type":"sned","n":1}"#, "type"),
        (#"{"type":"send","n":1,"data":1}"#, "to"), (#"{"type":"send","n":1,"to":"user:b d","data":1}"#, "to"),
        (#"{"type":"send","n":1,"to":{"user":"b"},"data":1}"#, "to"), (#"{"type":"send","n":1,"to":"user:b"}"#, "data"),
        (#"{"type":"send","n":1,"n":1,"to":"user:b","data":1}"#, "n"),
        (#"{"type":"read","n":1,"conversation":"dm:b:a","id":"1-1"}"#, "conversation"),
        (#"{"type":"read","n":1,"conversation":"dm:a:b","id":7}"#, "id"), (#"{"type":"ack","n":1}"#, "cursor"),
        (#"{"type":"ack","n":1,"cursor":"soon"}"#, "cursor"), (#"{"type":"auth","n":1}"#, "token"),
        (#"{"type":"auth","n":1,"token":""}"#, "token"), (#"{"type":"subscribe","n":1}"#, "topic"),
        (#"{"type":"subscribe","n":1,"topic":7}"#, "topic"), (#"{"type":"subscribe","n":1,"topic":""}"#, "topic"),
        (#"{"type":"unsubscribe","n":1,"topic":"topic:news"}"#, "topic"),
        (#"{"type":"subscribe","n":1,"topic":"x","after":7}"#, "after"),
        (#"{"type":"subscribe","n":1,"topic":"x","after":""}"#, "after"),
        (#"{"type":"subscribe","n":1,"topic":"x","after":"5"}"#, "after"),
    ])
    func namesTheFieldAndCarriesN(_ text: String, _ field: String) {
        let error = error(text)
        #expect(error?.code == .badFrame)
        #expect(error?.description.contains("'\(field)'") == true)
        #expect(error?.n == 1)
    }

    @Test(arguments: ["-1", "1.0", "1e3", "9007199254740992", "99999999999999999999", "\"1\"", "null", "[1]", "true"])
    func refusesAnNThatIsNoCounter(_ n: String) {
        let error = error(#"{"type":"send","n":\#(n),"to":"user:b","data":1}"#)
        #expect(error?.description.contains("'n'") == true)
        #expect(error?.n == nil)
    }

    @Test(arguments: ["", "hello", "[]", #"{"type":"ping","n":1"#, #"{"type":"ping","n":1}}"#])
    func refusesWhatIsNotAnObject(_ text: String) {
        #expect(error(text)?.description.contains("JSON") == true)
    }
}
