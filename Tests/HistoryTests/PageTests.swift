import Testing

@testable import History

@Suite struct PageTests {
    private func page(_ times: [Int64], limit: Int) -> Page<StoredID> {
        Page(times.map { StoredID(ms: $0, seq: 0) }, limit: limit, id: \.self)
    }

    @Test func aPageThatIsNotFullIsTheLast() {
        #expect(page([1, 2], limit: 2).next == nil)
        #expect(page([], limit: 2).next == nil)
    }

    @Test func aFullPageNamesItsLastId() {
        let full = page([1, 2, 3], limit: 2)
        #expect(full.items.map(\.ms) == [1, 2])
        #expect(full.next?.ms == 2)
    }

    @Test func whatSharesTheLastIdComesAlong() {
        let tied = page([1, 2, 2, 2, 3], limit: 2)
        #expect(tied.items.map(\.ms) == [1, 2, 2, 2])
        #expect(tied.next?.ms == 2)
        #expect(page([1, 2, 2, 2], limit: 2).next?.ms == 2)
    }
}
