import ServiceRuntime

/// JSON and CBOR beside each other, in this process alone.
enum EncodingsMeasurement: Measurement {
    static let name = "encodings"
    static let summary = "Frames in JSON and in CBOR: bytes, and the processor's time to read and to write them."

    static let settings: [Setting] = [
        Setting("repeats", default: "100000", help: "How often each thing is done in a run."),
        Setting("runs", default: "7", help: "Runs, of which the median counts."),
    ]

    static func run(_ settings: Settings) async throws -> Int32 {
        let benchmark = EncodingBenchmark(
            repeats: try settings.integer("repeats", in: 1...100_000_000),
            runs: try settings.integer("runs", in: 1...101))
        let run = try LoadRun(name, settings)
        for frame in EncodingBenchmark.frames {
            var step = LoadReport.Step(
                name: "\(frame.name.filter { $0 != "`" }), bytes", seconds: 0, unit: "frames", count: 0)
            step.figures = [
                .init(name: "JSON", value: Double(frame.json.count), unit: "bytes"),
                .init(name: "CBOR", value: Double(frame.cbor.count), unit: "bytes"),
                .init(name: "CBOR by JSON", value: Double(frame.cbor.count) / Double(frame.json.count), unit: "times"),
            ]
            run.report.steps.append(step)
        }
        for row in benchmark.rows() {
            var step = LoadReport.Step(name: row.name.filter { $0 != "`" }, seconds: 0, unit: "frames", count: 0)
            step.figures = [
                .init(name: "JSON", value: EncodingBenchmark.median(row.json), unit: "ns"),
                .init(name: "CBOR", value: EncodingBenchmark.median(row.cbor), unit: "ns"),
                .init(name: "CBOR by JSON", value: row.ratio, unit: "times"),
            ]
            run.report.steps.append(step)
        }
        return try run.finish()
    }
}
