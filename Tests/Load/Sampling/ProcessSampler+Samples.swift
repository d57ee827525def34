extension ProcessSampler {
    /// Rates and latencies together with what the processes used at the same time.
    /// - Parameter from: when the step began.
    func samples(_ intervals: [Timeline.Interval], from: UInt64) -> [LoadReport.Sample] {
        guard let last = intervals.last else { return [] }
        // What was used is known from two looks on: one from before the step is the first of them.
        let looks = looks(from: from - min(from, 2_000_000_000), to: last.end + 1_000_000_000)
        return intervals.map { interval in
            var sample = LoadReport.Sample(
                time: Double(interval.end - min(interval.end, from)) / 1e9, rate: interval.rate, p50: interval.p50,
                p99: interval.p99, cores: [:], resident: [:])
            if let place = looks.lastIndex(where: { $0.time <= interval.end }), place > 0 {
                let change = Self.change(from: looks[place - 1], to: looks[place])
                (sample.cores, sample.resident) = (change.cores, change.resident)
            }
            return sample
        }
    }
}
