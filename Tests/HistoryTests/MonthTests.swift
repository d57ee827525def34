import Testing

@testable import History

@Suite struct MonthTests {
    @Test(arguments: [
        (0, 1970, 1), (2_678_399_999, 1970, 1), (2_678_400_000, 1970, 2), (951_782_400_000, 2000, 2),
        (951_868_800_000, 2000, 3), (1_798_761_599_999, 2026, 12), (1_798_761_600_000, 2027, 1),
        (4_107_542_400_000, 2100, 3), (4_107_542_399_999, 2100, 2),
    ])
    func anInstantFallsIntoItsMonth(milliseconds: Int64, year: Int64, month: Int64) {
        #expect(Month(milliseconds: milliseconds).index == year * 12 + month - 1)
    }

    @Test func theStartOfAMonthIsItsFirstInstant() {
        for index in Int64(1970 * 12)...Int64(2200 * 12) {
            let month = Month(index: index)
            #expect(Month(milliseconds: month.start) == month)
            if index > 1970 * 12 { #expect(Month(milliseconds: month.start - 1) == month.advanced(by: -1)) }
        }
    }
}
