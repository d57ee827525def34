import Foundation
import ServiceRuntime
import TestStack

/// JSON and CBOR beside each other, in this process alone.
enum EncodingsMeasurement: Measurement {
    static let name = "encodings"
    static let summary = "Frames in JSON and in CBOR: bytes, and the processor's time to read and to write them."

    static let settings: [Setting] = [
        Setting("repeats", default: "100000", help: "How often each thing is done in a run."),
        Setting("runs", default: "7", help: "Runs, of which the median counts."),
    ]

    static func run(_ settings: Settings) async throws -> Bool {
        let benchmark = EncodingBenchmark(
            repeats: try settings.integer("repeats", in: 1...100_000_000),
            runs: try settings.integer("runs", in: 1...101))
        say("| frame | JSON, bytes | CBOR | times |\n| --- | ---: | ---: | ---: |")
        for frame in EncodingBenchmark.frames {
            let ratio = Double(frame.cbor.count) / Double(frame.json.count)
            say(String(format: "| %@ | %d | %d | %.2f |", frame.name, frame.json.count, frame.cbor.count, ratio))
        }
        say("\n| work | JSON, ns | CBOR | times |\n| --- | ---: | ---: | ---: |")
        for row in benchmark.rows() {
            say(
                String(
                    format: "| %@ | %.0f | %.0f | %.2f |", row.name, EncodingBenchmark.median(row.json),
                    EncodingBenchmark.median(row.cbor), row.ratio))
        }
        return true
    }
}
