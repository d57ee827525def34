import ServiceRuntime
import Testing

@testable import MessageRouter

@Suite struct SpringMessageTests {
    private func data(_ template: String, _ text: String) throws -> String {
        String(decoding: try SpringMessage(template).data(from: "alice", receiver: "bob", text: text), as: UTF8.self)
    }

    @Test func theTemplateIsFilledIn() throws {
        #expect(
            try data(#"{"content":"{from} say: {msg}"}"#, "hello") == #"{"content":"alice say: hello"}"#)
        #expect(
            try data(#"{"a":["{msg}","{msg}"],"to":"{receiver}","n":1}"#, "x") == #"{"a":["x","x"],"to":"bob","n":1}"#)
        #expect(try data(#""{msg}""#, "only text") == #""only text""#)
        #expect(try data(#"{"fixed":"{other}"}"#, "x") == #"{"fixed":"{other}"}"#)
    }

    @Test func whateverIsSaidStaysWithinItsString() throws {
        #expect(
            try data(#"{"content":"{msg}"}"#, "\"},{\"\\ \n\u{1f} {from} ä😀")
                == #"{"content":"\"},{\"\\ \u000a\u001f {from} ä😀"}"#)
    }

    @Test(arguments: [
        "", "{msg}", #"{"content":{msg}}"#, #"{"content":"{msg}""#, #"{"content":"{msg}"} x"#, #"{"{msg}:"1"}"#,
        #"{"d":1},"e":{"f":"{msg}"}"#,
    ])
    func aTemplateThatMakesNoJSONIsRefused(_ template: String) {
        #expect(throws: SettingsError.self) { try SpringMessage(template) }
    }
}
