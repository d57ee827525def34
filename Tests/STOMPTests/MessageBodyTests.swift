import Messaging
import STOMP
import Testing

@Suite struct MessageBodyTests {
    private func data(_ body: String, _ type: String? = nil) throws -> String {
        String(decoding: try MessageBody.data(of: Array(body.utf8), contentType: type), as: UTF8.self)
    }

    @Test func jsonIsItself() throws {
        #expect(try data("{\"a\": [1,\"x\"]}", "application/json") == "{\"a\": [1,\"x\"]}")
        #expect(try data(" 12 \n", "application/json;charset=utf-8") == "12")
        #expect(try data("[]", "application/vnd.x+JSON") == "[]")
    }

    @Test func withoutATypeItIsJSONWhereItCanBe() throws {
        #expect(try data("{\"a\":1}") == "{\"a\":1}")
        #expect(try data("hello") == "\"hello\"")
        #expect(try data("") == "\"\"")
    }

    @Test func textIsAJSONString() throws {
        #expect(try data("{\"a\":1}", "text/plain") == #""{\"a\":1}""#)
        #expect(try data("a\0b\n\r\t\u{1f}\\€", "text/plain") == #""a\u0000b\n\r\t\u001f\\€""#)
    }

    @Test(arguments: ["", "{", "1,\"x\":2", "1}", "nul", "'a'", "1 2"])
    func jsonThatIsNoneIsRefused(_ body: String) {
        #expect { try data(body, "application/json") } throws: { ($0 as? STOMPError)?.code == .badBody }
    }

    @Test(arguments: [nil, "text/plain", "application/json", "application/octet-stream"])
    func bytesThatAreNoTextAreRefused(_ type: String?) {
        #expect { try MessageBody.data(of: [0x22, 0xff, 0x22], contentType: type) } throws: {
            ($0 as? STOMPError)?.code == .badBody
        }
    }

    @Test func aTextComesOutAsItWentIn() throws {
        let text = "a\0b\n\"\\ü\u{10ffff}"
        let (body, type) = MessageBody.body(of: try MessageBody.data(of: Array(text.utf8), contentType: "text/plain"))
        #expect(String(decoding: body, as: UTF8.self) == text)
        #expect(type == "text/plain;charset=utf-8")
    }

    @Test func jsonComesOutAsItIs() {
        let (body, type) = MessageBody.body(of: Array("{\"a\":\"b\"}".utf8))
        #expect(body == Array("{\"a\":\"b\"}".utf8))
        #expect(type == "application/json")
    }

    private func tail(_ change: MessageChange? = nil, data: String, isEscaped: Bool = true, attachments: String = "")
        -> String
    {
        let frame = ServerFrame.Message(
            id: MessageID(milliseconds: 5, sequence: 1), conversation: "dm:alice:bob", from: "alice",
            data: Array(data.utf8), attachments: Array(attachments.utf8), change: change)
        return String(
            decoding: MessageTail.encode(frame.tail, change: change, isEscaped: isEscaped), as: UTF8.self)
    }

    @Test func aTailHoldsWhatAllRecipientsShare() {
        #expect(
            tail(data: "\"hé\"") == "message-id:5-1\nconversation:dm\\calice\\cbob\nfrom:alice\nat:5\n"
                + "content-type:text/plain;charset=utf-8\ncontent-length:3\n\nhé\0")
        #expect(tail(data: "1", isEscaped: false).contains("\nconversation:dm:alice:bob\n"))
        #expect(
            tail(data: "1", isEscaped: false, attachments: "[{\"url\":\"x\"}]").contains(
                "\nattachments:[{\"url\":\"x\"}]\n"))
    }

    @Test func aTailSaysWhatBecameOfAMessage() {
        let message = MessageID(milliseconds: 3, sequence: 0)
        #expect(
            tail(.edited(message), data: "{}") == "type:edited\nmessage-id:5-1\nmessage:3-0\n"
                + "conversation:dm\\calice\\cbob\nfrom:alice\nat:5\ncontent-type:application/json\n"
                + "content-length:2\n\n{}\0")
        #expect(
            tail(.deleted(message), data: "") == "type:deleted\nmessage-id:5-1\nmessage:3-0\n"
                + "conversation:dm\\calice\\cbob\nfrom:alice\nat:5\ncontent-length:0\n\n\0")
        #expect(
            tail(.refused(message, n: 7, .forbidden), data: "not yours") == "type:error\nmessage-id:5-1\n"
                + "message:3-0\nconversation:dm\\calice\\cbob\nn:7\ncode:forbidden\n"
                + "content-type:text/plain;charset=utf-8\ncontent-length:9\n\nnot yours\0")
    }

    @Test func aNoticeIsAFrameOfItsOwn() {
        #expect(
            String(decoding: MessageTail.encode(notice: Array("{}".utf8), type: "gap", id: "gap-1"), as: UTF8.self)
                == "type:gap\nmessage-id:gap-1\ncontent-type:application/json\ncontent-length:2\n\n{}\0")
    }
}
