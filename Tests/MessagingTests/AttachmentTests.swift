import Messaging
import Testing

@Suite struct AttachmentTests {
    private func list(_ text: String) throws(MessagingError) -> String {
        let bytes = Array(text.utf8)
        return String(decoding: try Attachment.list(bytes.indices, in: bytes.span), as: UTF8.self)
    }

    private func object(
        url: String = #""https://files.example/a.png""#, type: String = #""image/png""#, size: String = "7",
        name: String = #""a.png""#
    ) -> String {
        #"{"url":\#(url),"type":\#(type),"size":\#(size),"name":\#(name)}"#
    }

    private let whole = #"[{"url":"https://files.example/a.png","type":"image/png","size":7,"name":"a.png"}]"#

    @Test func areWrittenInOneFormWhateverTheClientWrote() throws {
        #expect(try list("[\(object())]") == whole)
        let loose =
            #" [ { "name" : "a.png" , "x":[{"y":"}]"}], "size":7,"\u0075rl":"https:\/\/files.example\/a.png","type":"image/png" } ] "#
        #expect(try list(String(loose.dropFirst().dropLast())) == whole)
        #expect(try list("[]") == "")
        #expect(try list("[ ]") == "")
        let two = try list("[\(object()),\(object(name: #""é \" [{.txt""#))]")
        #expect(two.hasSuffix(#""name":"é \" [{.txt"}]"#))
    }

    @Test func asManyAsMayBeAreTakenAndNoMore() throws {
        let all = Array(repeating: object(), count: Attachment.maximumCount).joined(separator: ",")
        #expect(try list("[\(all)]").count > 1000)
        let error = #expect(throws: MessagingError.self) { try list("[\(all),\(object())]") }
        #expect(error?.description.contains("'attachments'") == true)
    }

    @Test(arguments: [
        "7", #"{"url":"https://x"}"#, #"["https://files.example/a"]"#, "[7]", "[null]", "[[]]", #""[]""#,
    ])
    func anythingButAnArrayOfObjectsIsRefused(_ text: String) {
        let error = #expect(throws: MessagingError.self) { try list(text) }
        #expect(error?.description.contains("'attachments'") == true)
    }

    @Test(arguments: [
        #""ftp://files.example/a""#, #""//files.example/a""#, #""https:///a""#, #""https://""#,
        #""javascript:alert(1)""#,
        #""https://files.example/a b""#, #""https://files.example/é""#, #""https://files.example/\u0000""#,
        #""https://files.example/\"""#, "7", "null", "\"\"",
    ])
    func aURLThatIsNoneIsNamed(_ url: String) {
        let error = #expect(throws: MessagingError.self) { try list("[\(object()),\(object(url: url))]") }
        #expect(error?.description.contains("'attachments[1].url'") == true)
        #expect(error?.description.contains("alert") == false)
    }

    @Test func aURLThatIsTooLongIsNamed() throws {
        let start = "https://files.example/"
        let fits = start + String(repeating: "a", count: Attachment.maximumURL - start.utf8.count)
        #expect(try list("[\(object(url: "\"\(fits)\""))]").contains(fits))
        #expect(throws: MessagingError.self) { try list("[\(object(url: "\"\(fits)a\""))]") }
    }

    @Test(arguments: [
        #""image""#, #""image/""#, #""/png""#, #""image/png/x""#, #""image/png; charset=utf-8""#, #""image /png""#,
        #""-image/png""#, "1", "null",
    ])
    func aTypeThatIsNoneIsNamed(_ type: String) {
        let error = #expect(throws: MessagingError.self) { try list("[\(object(type: type))]") }
        #expect(error?.description.contains("'attachments[0].type'") == true)
    }

    @Test(arguments: ["image/svg+xml", "application/vnd.ms-excel", "video/mp4", "text/x.a_b-c"])
    func aTypeIsTwoNames(_ type: String) throws {
        #expect(try list("[\(object(type: "\"\(type)\""))]").contains(type))
    }

    @Test(arguments: ["-1", "1.5", "1e3", "9007199254740992", #""7""#, "null", "true"])
    func aSizeThatIsNoneIsNamed(_ size: String) {
        let error = #expect(throws: MessagingError.self) { try list("[\(object(size: size))]") }
        #expect(error?.description.contains("'attachments[0].size'") == true)
    }

    @Test(arguments: ["\"\"", #""a/b""#, #""a\\b""#, #""a\nb""#, #""\u0007""#, "7", "null"])
    func aNameThatIsNoneIsNamed(_ name: String) {
        let error = #expect(throws: MessagingError.self) { try list("[\(object(name: name))]") }
        #expect(error?.description.contains("'attachments[0].name'") == true)
    }
}
