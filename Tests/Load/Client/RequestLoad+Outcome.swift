extension RequestLoad.Result {
    /// A step of the report.
    func outcome(_ name: String, _ sampler: ProcessSampler) -> LoadOutcome {
        var step = LoadReport.Step(
            name: name, seconds: Double(to - from) / 1e9, unit: "requests", count: count)
        step.latencies = ["request": times.latency]
        let looks = sampler.looks(from: from, to: to)
        if let first = looks.first, let last = looks.last, first.time < last.time {
            let share = Double(last.time - first.time) / Double(to - from)
            step.processes = sampler.use(from: first, to: last, count: Int(Double(count) * share))
        }
        step.timed = "request"
        step.samples = sampler.samples(intervals, from: from)
        var outcome = LoadOutcome(
            steps: [step], recorded: [.init(name: name, recorder: times, from: from, to: to)])
        if !refused.isEmpty {
            outcome.invalid.append("\(name): some were refused: \(refused.sorted { $0.key < $1.key })")
            if let example { outcome.examples.append("\(name): \(example)") }
        }
        return outcome
    }
}
