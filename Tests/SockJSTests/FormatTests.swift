import SockJS
import Testing

@Suite struct FormatTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    private func messages(_ texts: String...) -> SockJSFrame { .messages(texts.map { Array($0.utf8) }) }

    @Test func framesReadAsTheProtocolHasThem() {
        #expect(text(SockJSFrame.open.bytes) == "o")
        #expect(text(SockJSFrame.heartBeat.bytes) == "h")
        #expect(text(messages("a", "b").bytes) == #"a["a","b"]"#)
        #expect(text(messages().bytes) == "a[]")
        #expect(text(SockJSFrame.close(.goAway).bytes) == #"c[3000,"Go away!"]"#)
        #expect(text(SockJSFrame.close(.anotherConnection).bytes) == #"c[2010,"Another connection still open"]"#)
        #expect(text(SockJSFrame.close(.interrupted).bytes) == #"c[1002,"Connection interrupted"]"#)
        #expect(text(SockJSFrame.close(SockJSClose(4000, "a\"b")).bytes) == #"c[4000,"a\"b"]"#)
    }

    @Test func jsonsOwnEscapesAreShort() {
        #expect(
            text(messages("  \0\n\r\t\"\\/\u{1f}\u{7f}").bytes)
                == "a[\"  \\u0000\\n\\r\\t\\\"\\\\/\\u001f\u{7f}\"]")
    }

    @Test func everyCharacterOfTheProtocolsListIsEscapedAndNoOther() {
        for unit in (0x20...0x1_0000 as ClosedRange<UInt32>) {
            guard let scalar = Unicode.Scalar(unit), unit != 0x22, unit != 0x5c else { continue }
            let mustEscape =
                (0x200c...0x200f).contains(unit) || (0x2028...0x202f).contains(unit) || (0x2060...0x206f).contains(unit)
                || (0xfff0...0xffff).contains(unit)
            let written = SockJSFrame.messages([Array(String(Character(scalar)).utf8)]).bytes.dropFirst(3).dropLast(2)
            let expected = mustEscape ? "\\u" + String(unit, radix: 16) : String(Character(scalar))
            #expect(written.elementsEqual(expected.utf8), "U+\(String(unit, radix: 16))")
        }
    }

    @Test func whatIsEscapedIsReadTheSame() throws {
        let message = Array("\u{2028}\u{ffff}😀é\0\u{200c}€".utf8)
        let frame = SockJSFrame.messages([message]).bytes
        #expect(try SockJSPayload.messages(ofXHR: Array(frame.dropFirst())) == [message])
    }

    @Test func aCharacterCutOffAtTheEndIsNoTrap() {
        #expect(SockJSFrame.messages([[0xe2], [0xe2, 0x80], [0xef]]).bytes.count == 15)
    }

    @Test(arguments: [
        (SockJSTransport.webSocket, "o"), (.xhr, "o\n"), (.xhrStreaming, "o\n"), (.eventSource, "data: o\r\n\r\n"),
    ])
    func eachTransportWritesFramesInItsWay(_ transport: SockJSTransport, _ expected: String) {
        #expect(text(SockJSFormat(transport).bytes(of: .open)) == expected)
    }

    @Test func callbacksAreCalledWithTheFrameAsAString() throws {
        let callback = try SockJSCallback(query: "c=%63allback")
        #expect(text(SockJSFormat(.jsonp, callback).bytes(of: .open)) == "callback(\"o\");\r\n")
        #expect(text(SockJSFormat(.jsonp, callback).bytes(of: messages("x"))) == "callback(\"a[\\\"x\\\"]\");\r\n")
        #expect(text(SockJSFormat(.htmlFile, callback).bytes(of: .open)) == "<script>\np(\"o\");\n</script>\r\n")
        #expect(
            text(SockJSFormat(.htmlFile, callback).bytes(of: messages("x")))
                == "<script>\np(\"a[\\\"x\\\"]\");\n</script>\r\n")
    }

    @Test func aMessageCannotEndTheScriptItStandsIn() throws {
        let format = SockJSFormat(.htmlFile, try SockJSCallback(query: "c=x"))
        let script = text(format.bytes(of: messages("</script><script>alert(1)")))
        #expect(script.components("<").count == 3)
        #expect(script.contains("\\u003c/script>"))
    }

    @Test func streamsBeginWithAPrelude() throws {
        #expect(text(SockJSFormat(.xhrStreaming).prelude) == String(repeating: "h", count: 2_048) + "\n")
        #expect(SockJSFormat(.eventSource).prelude == [13, 10])
        #expect(SockJSFormat(.xhr).prelude.isEmpty)
        #expect(SockJSFormat(.webSocket).prelude.isEmpty)
        #expect(SockJSFormat(.jsonp, try SockJSCallback(query: "c=x")).prelude.isEmpty)
    }

    @Test func anHTMLFileBeginsWithThePageAndEnoughBytes() throws {
        let prelude = text(SockJSFormat(.htmlFile, try SockJSCallback(query: "c=cb")).prelude)
        #expect(prelude.utf8.count > 1_024)
        #expect(prelude.hasSuffix(" \r\n\r\n"))
        let page = """
            <!doctype html>
            <html><head>
              <meta http-equiv="X-UA-Compatible" content="IE=edge" />
              <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
            </head><body><h2>Don't panic!</h2>
              <script>
                document.domain = document.domain;
                var c = parent.cb;
                c.start();
                function p(d) {c.message(d);};
                window.onload = function() {c.stop();};
              </script>
            """
        #expect(prelude.hasPrefix(page + " "))
    }

    @Test(arguments: [nil, "", "t=1", "c=", "c", "C=x"])
    func aCallbackMustBeThere(_ query: String?) {
        #expect(throws: SockJSCallback.Fault.missing) { try SockJSCallback(query: query) }
        #expect(SockJSCallback.Fault.missing.description == "\"callback\" parameter required")
    }

    @Test(arguments: ["c=a(b", "c=%3Cscript%3E", "c=a+b", "c=%00", "c=é", "c=a;b", "c=a%0Ab"])
    func aCallbackMustBeAName(_ query: String) {
        #expect(throws: SockJSCallback.Fault.invalid) { try SockJSCallback(query: query) }
    }

    @Test func aCallbackIsShort() throws {
        let name = String(repeating: "x", count: 128)
        #expect(try SockJSCallback(query: "t=5&c=\(name)").name == name)
        #expect(throws: SockJSCallback.Fault.invalid) { try SockJSCallback(query: "c=\(name)x") }
        #expect(try SockJSCallback(query: "callback=_jp.a-b").name == "_jp.a-b")
    }
}

extension String {
    fileprivate func components(_ separator: Character) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
