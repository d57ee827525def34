import NIOCore
import Testing

@testable import WebSocketFrames

@Suite struct CompressionTests {
    private let policy = CompressionPolicy(takesOver: true, windowBits: 15)

    private func inflated(
        _ payload: [UInt8], with inflater: Inflater, piece: Int = .max, limit: Int = 1 << 20
    ) throws(Inflater.Failure) -> [UInt8] {
        var output = ByteBuffer()
        var rest = payload[...]
        while !rest.isEmpty {
            try inflater.inflate(ByteBuffer(bytes: rest.prefix(piece)), into: &output, limit: limit)
            rest = rest.dropFirst(piece)
        }
        try inflater.finish(into: &output, limit: limit)
        return Array(output.readableBytesView)
    }

    private func compressed(_ text: [UInt8], with deflater: Deflater) -> [UInt8] {
        var output = ByteBuffer()
        deflater.compress(ByteBuffer(bytes: text), into: &output)
        return Array(output.readableBytesView)
    }

    /// Source: https://www.rfc-editor.org/rfc/rfc7692#section-7.2.3
    @Test(arguments: [
        [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
        // A block that is not compressed.
        [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
        // The last block says that it is.
        [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
        // Two blocks.
        [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
    ])
    func theExamplesOfTheStandardAreRead(_ payload: [UInt8]) throws {
        for piece in [1, 2, 100] {
            let inflater = Inflater(windowBits: 15, takesOver: false)
            #expect(try inflated(payload, with: inflater, piece: piece) == Array("Hello".utf8))
            #expect(try inflated(payload, with: inflater, piece: piece) == Array("Hello".utf8))
        }
    }

    @Test func theExamplesOfTheStandardAreWritten() throws {
        let deflater = Deflater(policy, windowBits: 15, takesOver: true)
        #expect(compressed(Array("Hello".utf8), with: deflater) == [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00])
        #expect(compressed(Array("Hello".utf8), with: deflater) == [0xf2, 0x00, 0x11, 0x00, 0x00])
        let inflater = Inflater(windowBits: 15, takesOver: true)
        #expect(try inflated([0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], with: inflater) == Array("Hello".utf8))
        #expect(try inflated([0xf2, 0x00, 0x11, 0x00, 0x00], with: inflater) == Array("Hello".utf8))
        let alone = Deflater(policy, windowBits: 15, takesOver: false)
        #expect(compressed([], with: alone) == [0])
        #expect(try inflated([0], with: inflater) == [])
    }

    /// A block that says that it is the last ends no context: what comes after may refer to what was before it.
    @Test func theLastBlockIsNotTheEndOfWhatIsRemembered() throws {
        let inflater = Inflater(windowBits: 15, takesOver: true)
        #expect(try inflated([0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00], with: inflater) == Array("Hello".utf8))
        #expect(try inflated([0xf2, 0x00, 0x11, 0x00, 0x00], with: inflater) == Array("Hello".utf8))
        // Within one message, too, and that is all that is remembered without takeover.
        let alone = Inflater(windowBits: 15, takesOver: false)
        let twice: [UInt8] = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0xf2, 0x00, 0x11, 0x00, 0x00]
        #expect(try inflated(twice, with: alone) == Array("HelloHello".utf8))
        #expect(throws: Inflater.Failure.invalid) { try inflated([0xf2, 0x00, 0x11, 0x00, 0x00], with: alone) }
    }

    @Test(arguments: [9, 12, 15], [true, false])
    func whatIsCompressedIsReadAgain(_ bits: Int, _ takesOver: Bool) throws {
        let deflater = Deflater(
            CompressionPolicy(takesOver: takesOver, windowBits: bits), windowBits: bits, takesOver: takesOver)
        let inflater = Inflater(windowBits: bits, takesOver: takesOver)
        for count in [0, 1, 255, 256, 5000, 65_536, 200_000, 3] {
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255) }
            let text = (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }
            for message in [noise, text] {
                let payload = compressed(message, with: deflater)
                #expect(try inflated(payload, with: inflater, piece: 1000) == message)
            }
        }
    }

    @Test func aStoredBlockCanStandBeforeWhatIsShared() throws {
        let deflater = Deflater(policy, windowBits: 12, takesOver: false)
        let shared = Array(String(repeating: "the same for all, ", count: 50).utf8)
        let common = compressed(shared, with: deflater)
        for prefix in [[], Array("for one".utf8), [UInt8](repeating: 7, count: 65_535)] {
            var payload = ByteBuffer()
            payload.writeStoredBlock(prefix)
            payload.writeBytes(common)
            let inflater = Inflater(windowBits: 12, takesOver: false)
            #expect(try inflated(Array(payload.readableBytesView), with: inflater) == prefix + shared)
        }
    }

    @Test func aBombIsStoppedAtItsLimitWithoutBeingBlownUp() {
        let deflater = Deflater(policy, windowBits: 15, takesOver: false)
        let bomb = compressed([UInt8](repeating: 0, count: 10 << 20), with: deflater)
        let inflater = Inflater(windowBits: 15, takesOver: true)
        var output = ByteBuffer()
        #expect(throws: Inflater.Failure.tooLong) {
            try inflater.inflate(ByteBuffer(bytes: bomb), into: &output, limit: 100_000)
        }
        #expect(output.readableBytes == 100_001)
        #expect(output.capacity < 1 << 20)
    }

    @Test func theLimitIsExact() throws {
        let deflater = Deflater(policy, windowBits: 15, takesOver: false)
        let payload = compressed([UInt8](repeating: 1, count: 5000), with: deflater)
        let inflater = Inflater(windowBits: 15, takesOver: false)
        #expect(try inflated(payload, with: inflater, limit: 5000).count == 5000)
        #expect(throws: Inflater.Failure.tooLong) { try inflated(payload, with: inflater, limit: 4999) }
        // And it can be used afterwards.
        #expect(try inflated(payload, with: inflater, limit: 5000).count == 5000)
    }

    @Test func whatIsNoDeflateStreamIsSaidToBeNone() throws {
        let inflater = Inflater(windowBits: 15, takesOver: true)
        for payload in [[0xff], [0x06, 0x01], [0xf2, 0x00, 0x11, 0x00, 0x00]] as [[UInt8]] {
            #expect(throws: Inflater.Failure.invalid) { try inflated(payload, with: inflater) }
        }
        #expect(try inflated([0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], with: inflater) == Array("Hello".utf8))
    }

    @Test func noBytesWhateverMakeItTrapOrGrowPastTheLimit() {
        let inflater = Inflater(windowBits: 15, takesOver: true)
        for _ in 0..<5000 {
            let payload = (0..<Int.random(in: 0...200)).map { _ in UInt8.random(in: 0...255) }
            let output = try? inflated(payload, with: inflater, piece: Int.random(in: 1...50), limit: 1000)
            #expect(output?.count ?? 0 <= 1000)
        }
    }
}
