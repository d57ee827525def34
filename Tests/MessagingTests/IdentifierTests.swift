import Messaging
import Testing

@Suite struct IdentifierTests {
    @Test(arguments: ["a", "Z", "0", ".", "_", "@", "-", "alice@example.com", "a-b_c.d", "...", "--"])
    func anythingOfTheAlphabetIsValid(_ text: String) {
        #expect(Identifier.isValid(text))
    }

    @Test(arguments: ["", " ", "a b", "a:b", "a/b", "a{b}", "é", "a\u{0}", "a\n", "a\"b", "a+b", "日本", "ａ"])
    func anythingElseIsNot(_ text: String) {
        #expect(!Identifier.isValid(text))
    }

    @Test func lengthIsLimited() {
        #expect(Identifier.isValid(String(repeating: "x", count: 128)))
        #expect(!Identifier.isValid(String(repeating: "x", count: 129)))
    }

    @Test func exactly66BytesAreAllowed() {
        let allowed = (0...127).filter { Identifier.isValid(String(Unicode.Scalar(UInt8($0)))) }
        #expect(allowed.count == 26 + 26 + 10 + 4)
    }
}
