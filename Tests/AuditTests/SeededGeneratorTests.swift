import Testing

@testable import TestStack

struct SeededGeneratorTests {
    @Test func theSameSeedMakesTheSameChoices() {
        var (one, other, third) = (SeededGenerator(seed: 7), SeededGenerator(seed: 7), SeededGenerator(seed: 8))
        let numbers = (0..<10).map { _ in one.next() }
        #expect(numbers == (0..<10).map { _ in other.next() })
        #expect(numbers != (0..<10).map { _ in third.next() })
    }
}
