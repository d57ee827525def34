import Testing

@testable import History

@Suite struct HighlightsTests {
    private func strings(_ json: String) -> [[String]] { Highlights(marked: Array(json.utf8)).strings }

    @Test func piecesAreInTurnBesideAndWithin() {
        #expect(strings(#"{"text":"say \u0002hello\u0003 again"}"#) == [["say ", "hello", " again"]])
        #expect(strings(#""\u0002a\u0003 \u0002b\u0003""#) == [["", "a", " ", "b", ""]])
    }

    @Test func stringsInWhichNothingWasMetAreLeftOut() {
        #expect(strings(#"["a","\u0002b\u0003","c"]"#) == [["", "b", ""]])
        #expect(strings(#"["a"]"#) == [])
    }

    @Test func marksThatSomebodyWroteDoNoHarm() {
        #expect(strings(#""\u0003a\u0002\u0002b\u0003\u0003c""#) == [["a", "b", "c"]])
        #expect(strings(#""\u0002open""#) == [["", "open"]])
    }

    @Test func noMoreThanThreeStringsAreTold() {
        #expect(strings(#"["\u0002a\u0003","\u0002b\u0003","\u0002c\u0003","\u0002d\u0003"]"#).count == 3)
    }
}
