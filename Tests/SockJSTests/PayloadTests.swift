import SockJS
import Testing

@Suite struct PayloadTests {
    private func texts(_ messages: [[UInt8]]) -> [String] { messages.map { String(decoding: $0, as: UTF8.self) } }

    private func xhr(_ body: String) throws -> [String] {
        texts(try SockJSPayload.messages(ofXHR: Array(body.utf8)))
    }

    private func fault(_ work: () throws -> Void) -> SockJSPayload.Fault? {
        do {
            try work()
            return nil
        } catch {
            return error as? SockJSPayload.Fault
        }
    }

    @Test func anArrayOfStringsIsMessages() throws {
        #expect(try xhr(#"["a"]"#) == ["a"])
        #expect(try xhr(#" [ "a" , "b","" ] "#) == ["a", "b", ""])
        #expect(try xhr("[]") == [])
    }

    @Test func escapesAreResolved() throws {
        #expect(try xhr(#"["\"\\\/\b\f\n\r\t\u0000\u20ac\u00E9"]"#) == ["\"\\/\u{8}\u{c}\n\r\t\0€é"])
        #expect(try xhr(#"["\ud83d\ude00"]"#) == ["😀"])
        #expect(try xhr(#"["\uffff\ufffe"]"#) == ["\u{ffff}\u{fffe}"])
    }

    @Test(arguments: [
        (#"["\ud83d"]"#, "\u{fffd}"), (#"["\ude00\ud83d"]"#, "\u{fffd}\u{fffd}"), (#"["\ud83dx"]"#, "\u{fffd}x"),
        (#"["\ud83d\u0041"]"#, "\u{fffd}A"), (#"["\ud83d\ud83d\ude00"]"#, "\u{fffd}😀"),
        (#"["\ud83d\n"]"#, "\u{fffd}\n"),
    ])
    func halfAPairIsReplaced(_ body: String, _ text: String) throws {
        #expect(try xhr(body) == [text])
    }

    @Test func everyCharacterThatAClientEscapesComesThrough() throws {
        var escaped = "[\""
        var text = ""
        for unit in (0...0xffff as ClosedRange<UInt32>) {
            guard let scalar = Unicode.Scalar(unit) else { continue }
            let digits = String(unit, radix: 16)
            escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            text.unicodeScalars.append(scalar)
        }
        let messages = try SockJSPayload.messages(ofXHR: Array((escaped + "\"]").utf8))
        #expect(messages.count == 1)
        #expect(messages[0].elementsEqual(text.utf8))
    }

    @Test(arguments: [
        #"["x"#, "[", "[\"a\",]", "[,]", "[\"a\" \"b\"]", "[\"a\"]x", "\"a", "['a']", "{", "{\"a\"}", "{\"a\":}", "nul",
        "01", "-", "1.", "1e", "[\"\\x\"]", "[\"\\u12\"]", "[\"\\u12g4\"]", "[\"\n\"]", " ", "[\"\\\"]", "+1", "tru",
    ])
    func whatIsNotJSONIsBroken(_ body: String) {
        #expect(fault { _ = try xhr(body) } == .brokenJSON)
    }

    @Test func whatIsNotUTF8IsBroken() {
        #expect(
            fault { _ = try SockJSPayload.messages(ofXHR: Array("[\"".utf8) + [0xff] + Array("\"]".utf8)) }
                == .brokenJSON)
    }

    @Test(arguments: [
        "", "\"a\"", "1", "-1.5e+3", "true", "null", "{}", #"{"a":["b",{"c":null}]}"#, "[1]", #"["a",null]"#,
        #"["a",["b"]]"#,
    ])
    func otherJSONIsNoPayload(_ body: String) {
        #expect(fault { _ = try xhr(body) } == .payloadExpected)
    }

    @Test func nestingIsLimited() {
        let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(fault { _ = try xhr(nested(64)) } == .payloadExpected)
        #expect(fault { _ = try xhr(nested(65)) } == .brokenJSON)
        #expect(fault { _ = try xhr(String(repeating: "[", count: 100_000)) } == .brokenJSON)
    }

    @Test func theNumberOfMessagesIsLimited() {
        let body = Array(#"["a","b","c"]"#.utf8)
        #expect(fault { _ = try SockJSPayload.messages(ofXHR: body, maximum: 3) } == nil)
        #expect(fault { _ = try SockJSPayload.messages(ofXHR: body, maximum: 2) } == .tooManyMessages)
    }

    @Test func faultsReadAsTheProtocolHasThem() {
        #expect(SockJSPayload.Fault.payloadExpected.description == "Payload expected.")
        #expect(SockJSPayload.Fault.brokenJSON.description == "Broken JSON encoding.")
    }

    // MARK: JSONP

    private func jsonp(_ body: String, _ type: String? = "application/x-www-form-urlencoded") throws -> [String] {
        texts(try SockJSPayload.messages(ofJSONP: Array(body.utf8), contentType: type))
    }

    @Test func aFormHasThePayloadInItsField() throws {
        #expect(try jsonp("d=%5B%22x%22%5D") == ["x"])
        #expect(try jsonp("a=b&d=%5b%22a+b%2B%22%5d&d=x") == ["a b+"])
        #expect(try jsonp("d=[\"%E2%82%AC\"]", "Application/X-WWW-Form-Urlencoded; charset=UTF-8") == ["€"])
        #expect(try jsonp("d=[\"%zz%4\"]") == ["%zz%4"])
    }

    @Test(arguments: ["", "d=", "d", "p=p", "D=%5B%5D", "&&"])
    func aFormWithoutItHasNone(_ body: String) {
        #expect(fault { _ = try jsonp(body) } == .payloadExpected)
    }

    @Test func aFormsFieldMustBeJSON() {
        #expect(fault { _ = try jsonp("d=%5B%22x") } == .brokenJSON)
    }

    @Test(arguments: ["text/plain", "T", "", nil])
    func anyOtherTypeIsThePayloadItself(_ type: String?) throws {
        #expect(try jsonp("[\"%61bc\"]", type) == ["%61bc"])
        #expect(fault { _ = try jsonp("", type) } == .payloadExpected)
    }

    // MARK: WebSocket

    @Test func aWebSocketSendsAnArrayOrOneString() throws {
        let decode = { (text: String) in try SockJSPayload.messages(ofWebSocket: Array(text.utf8)) }
        #expect(texts(try decode(#"["a","b"]"#)) == ["a", "b"])
        #expect(texts(try decode(#""a""#)) == ["a"])
        #expect(try decode("").isEmpty)
        #expect(fault { _ = try decode("[\"a") } == .brokenJSON)
        #expect(fault { _ = try decode("{}") } == .payloadExpected)
    }
}
