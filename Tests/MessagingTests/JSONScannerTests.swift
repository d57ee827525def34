import Messaging
import Testing

@Suite struct JSONScannerTests {
    private func members(_ text: String) throws(JSONScanner.Failure) -> [(String, String)] {
        let bytes = Array(text.utf8)
        var scanner = JSONScanner()
        var result: [(String, String)] = []
        while let member = try scanner.next(in: bytes.span) {
            let key = JSONScanner.text(member.key, isEscaped: member.isKeyEscaped, in: bytes.span)
            result.append((key, String(decoding: bytes[member.value], as: UTF8.self)))
        }
        return result
    }

    private func isValid(_ text: String) -> Bool { (try? members(text)) != nil }

    @Test func findsMembersWithTheirBytes() throws {
        let found = try members(#" { "a" : 1 , "b":[1, {"c":"}"}],"d":"x\"y", "e":null } "#)
        #expect(found.map(\.0) == ["a", "b", "d", "e"])
        #expect(found.map(\.1) == ["1", #"[1, {"c":"}"}]"#, #""x\"y""#, "null"])
    }

    @Test func findsTheOneValue() {
        func value(_ text: String) -> String? {
            let bytes = Array(text.utf8)
            return (try? JSONScanner.onlyValue(in: bytes.span)).map { String(decoding: bytes[$0], as: UTF8.self) }
        }
        for text in ["1", "-0.5e7", "\"a\\n\"", "{}", "[1, {\"a\" : 2}]", "null", "true"] {
            #expect(value(text) == text)
            #expect(value(" \n\(text)\t\r") == text)
            for wrong in ["\(text),", "\(text)}", "\(text)]", "\(text) 1", ",\(text)"] { #expect(value(wrong) == nil) }
        }
        for text in ["", " ", "{", "[1", "nul", "01", "\"a", "\"a\\"] { #expect(value(text) == nil) }
        let depth = JSONScanner.maximumDepth - 1
        #expect(value(String(repeating: "[", count: depth) + String(repeating: "]", count: depth)) != nil)
        #expect(value(String(repeating: "[", count: depth + 1) + String(repeating: "]", count: depth + 1)) == nil)
    }

    @Test func resolvesEscapesInKeys() throws {
        #expect(
            try members(#"{"\u0074ype":1,"\ud83d\ude00\n\/":2,"\ud800":3}"#).map(\.0) == ["type", "😀\n/", "\u{fffd}"])
    }

    @Test(arguments: [
        "{}", " {} ", #"{"a":{}}"#, #"{"a":[]}"#, #"{"a":[[],[{}],{"b":[]}]}"#, #"{"a":-0}"#, #"{"a":0.5e-7}"#,
        #"{"a":1E+2}"#, #"{"a":true,"b":false,"c":null}"#, #"{"":""}"#, "{\t\n\r\"a\"\n:\t1}",
        #"{"a":"\u00e9\b\f\n\r\t\\\/\""}"#,
        #"{"a":"é😀"}"#, #"{"a":123456789012345678901234567890}"#,
    ])
    func acceptsWhatTheGrammarAllows(_ text: String) {
        #expect(isValid(text))
    }

    @Test(arguments: [
        "", " ", "[]", "1", "null", "\"a\"", "{", "}", "{}x", "{}{}", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#,
        #"{"a":1 "b":2}"#,
        "{a:1}", "{'a':1}", #"{"a":01}"#, #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":5.}"#, #"{"a":1e}"#, #"{"a":-}"#,
        #"{"a":NaN}"#,
        #"{"a":tru}"#, #"{"a":True}"#, #"{"a":nul}"#, #"{"a":"x}"#, #"{"a":"\x"}"#, #"{"a":"\u12g4"}"#,
        #"{"a":"\u12"}"#,
        "{\"a\":\"\n\"}", "{\"a\":\"\u{0}\"}", #"{"a":[1,]}"#, #"{"a":[,1]}"#, #"{"a":[1 2]}"#, #"{"a":[}"#,
        #"{"a":[1}}"#,
        #"{"a":{"b":1]}"#, #"{"a":{"b"}}"#, #"{"a":{1:2}}"#, #"{"a":1}}"#, "{\"a\":\u{feff}1}", "\u{feff}{}",
        #"{"a":"\"}"#,
        "{/* */}", #"{"a":1;}"#, #"{"a":0x10}"#, #"{"a":1 2}"#,
    ])
    func refusesWhatItDoesNot(_ text: String) {
        #expect(!isValid(text))
    }

    @Test func limitsTheDepth() {
        func nested(_ depth: Int) -> String {
            #"{"a":"# + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
        }
        #expect(isValid(nested(JSONScanner.maximumDepth)))
        #expect(!isValid(nested(JSONScanner.maximumDepth + 1)))
        #expect(!isValid(#"{"a":"# + String(repeating: "[{\"a\":", count: 20_000)))
    }

    @Test func everyTruncationAndEveryChangedByteIsSafe() {
        let text = Array(
            #"{"type":"send","n":1,"to":"user:bob","data":{"a":[1,-2.5e3,"\u00e9",null,true,{"b":{}}]}}"#.utf8)
        for length in 0..<text.count {
            #expect(!isValid(String(decoding: text[..<length], as: UTF8.self)))
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var changed = text
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                changed[Int.random(in: 0..<changed.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            var scanner = JSONScanner()
            while let member = try? scanner.next(in: changed.span) {
                _ = JSONScanner.text(member.key, isEscaped: member.isKeyEscaped, in: changed.span)
            }
        }
    }
}
