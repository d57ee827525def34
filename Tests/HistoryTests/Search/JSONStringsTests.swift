import Testing

@testable import History

@Suite struct JSONStringsTests {
    private func strings(_ json: String) -> [String] {
        var reader = JSONStrings(Array(json.utf8))
        var strings: [String] = []
        while let string = reader.next() { strings.append(String(decoding: string, as: UTF8.self)) }
        return strings
    }

    @Test func valuesAreGivenAndNamesAreNot() {
        #expect(strings(#"{"a":"b","c" : ["d",{"e":"f"},1,true,null],"g":{"h":"i"}}"#) == ["b", "d", "f", "i"])
        #expect(strings(#""alone""#) == ["alone"])
        #expect(strings("17") == [])
        #expect(strings("") == [])
        #expect(strings(#"["",""]"#) == ["", ""])
    }

    @Test func escapesAreResolved() {
        #expect(strings(#""\"\\\/\b\f\n\r\t""#) == ["\"\\/\u{8}\u{c}\n\r\t"])
        #expect(strings(#""\u00e9\ud83d\ude00 é😀""#) == ["é😀 é😀"])
        #expect(strings(#""\ud83d""#) == ["\u{fffd}"])
        #expect(strings(#""\ud83dx","\ude00","\ud83d\u0041""#) == ["\u{fffd}x", "\u{fffd}", "\u{fffd}"])
    }

    @Test(arguments: [#"""#, #""abc"#, #""\"#, #""\u12"#, #""\uzzzz""#, #"{"a""#, #"["\ud83d\u"#])
    func whatIsCutShortEndsTheList(json: String) {
        #expect(strings(json).allSatisfy { $0 == "a" })
    }
}
