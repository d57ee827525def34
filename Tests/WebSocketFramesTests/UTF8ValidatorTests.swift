import TestStack
import Testing

@testable import WebSocketFrames

@Suite struct UTF8ValidatorTests {
    private func isValid(_ bytes: [UInt8], piece: Int = .max) -> Bool {
        var validator = UTF8Validator()
        var rest = bytes[...]
        while !rest.isEmpty {
            guard validator.accepts(Array(rest.prefix(piece)).span) else { return false }
            rest = rest.dropFirst(piece)
        }
        return validator.isComplete
    }

    @Test func agreesWithTheStandardLibraryOnEveryShortSequence() {
        var generator = SeededGenerator(seed: 7)
        let interesting: [UInt8] = [
            0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
            0xef,
            0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
        ]
        for _ in 0..<50_000 {
            let count = Int.random(in: 0...20, using: &generator)
            let bytes = (0..<count).map { _ in interesting[Int.random(in: 0..<interesting.count, using: &generator)] }
            let expected = String(validating: bytes, as: UTF8.self) != nil
            #expect(isValid(bytes) == expected, "\(bytes)")
            #expect(isValid(bytes, piece: 1) == expected, "\(bytes)")
            #expect(isValid(bytes, piece: 3) == expected, "\(bytes)")
        }
    }

    @Test func acceptsLongTextAndFindsTheOneWrongByte() {
        var bytes = Array(String(repeating: "naïve café 漢字 😀 plain ascii for a while ", count: 50).utf8)
        #expect(isValid(bytes))
        #expect(isValid(bytes, piece: 7))
        bytes[1000] = 0xff
        #expect(!isValid(bytes))
    }

    @Test func failsAtTheFirstByteThatCannotBe() {
        var validator = UTF8Validator()
        let first = validator.accepts([0xf4] as [UInt8])
        #expect(first)
        let second = validator.accepts([0x90] as [UInt8])
        #expect(!second)
    }
}

extension UTF8Validator {
    fileprivate mutating func accepts(_ bytes: [UInt8]) -> Bool { accepts(bytes.span) }
}
