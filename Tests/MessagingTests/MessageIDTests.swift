import Messaging
import Testing

@Suite struct MessageIDTests {
    @Test(arguments: ["0-0", "1-0", "0-1", "1700000000000-12", "18446744073709551615-18446744073709551615"])
    func whatIsReadIsWrittenTheSame(_ text: String) {
        #expect(MessageID(text)?.description == text)
    }

    @Test func zeroAloneIsTheIdBeforeAllOthers() {
        #expect(MessageID("0") == .zero)
    }

    @Test(arguments: [
        "", "-", "1", "1-", "-1", "1--2", "1-2-3", "+1-0", "1-+2", " 1-0", "1-0 ", "01-0", "1-01", "00-0", "a-0", "1-a",
        "1_0",
        "18446744073709551616-0", "0-18446744073709551616", "99999999999999999999999-0", "١-٠", "$", "(1-0",
    ])
    func anythingElseIsNoId(_ text: String) {
        #expect(MessageID(text) == nil)
    }

    @Test func theyAreOrderedByTimeAndThenByNumber() {
        let texts = ["0-0", "0-1", "0-10", "1-0", "1-2", "9-9", "10-0", "18446744073709551615-0"]
        let ids = texts.compactMap { MessageID($0) }
        #expect(ids.count == texts.count)
        #expect(ids.shuffled().sorted() == ids)
        #expect(ids.allSatisfy { $0 >= .zero && $0 < .last })
    }

    @Test func theSuccessorIsTheNextAndTheLastHasNone() {
        #expect(MessageID("5-7")?.successor == MessageID("5-8"))
        #expect(MessageID(milliseconds: 5, sequence: .max).successor == MessageID("6-0"))
        #expect(MessageID.last.successor == nil)
    }

    @Test func bytesAreReadLikeText() {
        #expect(MessageID(utf8: Array("12-34".utf8)) == MessageID(milliseconds: 12, sequence: 34))
        #expect(MessageID(utf8: [0x31, 0x2D, 0xFF]) == nil)
        #expect(MessageID(utf8: [UInt8]()) == nil)
    }
}
