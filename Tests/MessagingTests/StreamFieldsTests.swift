import Messaging
import Testing

@Suite struct StreamFieldsTests {
    private func fields(_ parts: String...) -> StreamFields { StreamFields(parts.map { Array($0.utf8) }) }

    @Test func aFieldIsFoundAtItsPlaceAndElsewhere() throws {
        let fields = fields("a", "1", "b", "2")
        #expect(try fields.text("b", at: 1) == "2")
        #expect(try fields.text("b", at: 0) == "2")
        #expect(try fields.text("a", at: 17) == "1")
    }

    @Test func aNameIsNotMistakenForAValue() {
        #expect(fields("a", "b", "c", "d").value("b", at: 0) == nil)
        #expect(fields("ab", "1").value("a", at: 0) == nil)
        #expect(fields("a").value("a", at: 0) == nil)
    }

    @Test func anErrorNamesTheField() {
        let error = #expect(throws: MessagingError.self) { try fields("a", "1").text("user", at: 0) }
        #expect(error?.code == .badEntry)
        #expect(error?.description.contains("user") == true)
        #expect(throws: MessagingError.self) {
            try StreamFields([Array("a".utf8), [0xC3, 0x28]]).text("a", at: 0)
        }
    }
}
