import FoundationEssentials
import FuzzTargets
import Testing

/// The inputs that were kept, as every build's test: what fails ends the process and names the line.
@Suite struct CorpusTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fuzz/Corpus")

    @Test(arguments: FuzzTarget.allCases) func whatIsKeptHolds(_ target: FuzzTarget) throws {
        let folder = Self.corpus.appending(path: target.rawValue).path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(!names.isEmpty)
        for name in names.sorted() { target.run(Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))) }
    }

    /// A little of what libFuzzer does for long: what is kept, with bytes changed by chance.
    @Test(arguments: FuzzTarget.allCases, 0..<8 as Range<UInt64>) func whatIsChangedHolds(
        _ target: FuzzTarget, _ seed: UInt64
    ) throws {
        var chance = Chance(state: seed &* 0x9e37_79b9_7f4a_7c15 &+ 1)
        let folder = Self.corpus.appending(path: target.rawValue).path
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            let kept = Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
            for _ in 0..<20 {
                var input = kept
                for _ in 0..<Int.random(in: 1...4, using: &chance) where !input.isEmpty {
                    let place = Int.random(in: input.indices, using: &chance)
                    switch Int.random(in: 0..<3, using: &chance) {
                    case 0: input[place] = .random(in: .min ... .max, using: &chance)
                    case 1: input.remove(at: place)
                    default: input.insert([0, 10, 13, 58, 92].randomElement(using: &chance) ?? 0, at: place)
                    }
                }
                target.run(input)
            }
        }
    }

    /// The same row of numbers for the same seed (xorshift64*).
    private struct Chance: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return state &* 0x2545_f491_4f6c_dd1d
        }
    }
}
