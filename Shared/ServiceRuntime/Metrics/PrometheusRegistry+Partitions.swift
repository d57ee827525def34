import CoreMetrics

extension PrometheusRegistry {
    /// Has numbers of each partition read when metrics are asked for: 0 for a partition that this instance does not hold.
    ///
    /// - Parameters:
    ///   - count: how many partitions there are.
    ///   - held: the gauge for how many are held; nil for none.
    ///   - numbers: the gauges of a partition, by the label `partition`, with what they count.
    ///   - read: the partitions held now, each with as many values as there are `numbers`, in their order.
    public func watchPartitions(
        _ count: Int, held: String?, _ numbers: [(label: String, help: String)],
        _ read: @escaping @Sendable () -> [(partition: Int, values: [Int])]
    ) {
        for number in numbers { describe(number.label, number.help) }
        let gauges = numbers.map { number in
            (0..<count).map { partition in
                Gauge(label: number.label, dimensions: [("partition", "\(partition)")], factory: self)
            }
        }
        if let held { describe(held, "Partitions that this instance holds the lease of.") }
        let total = held.map { Gauge(label: $0, factory: self) }
        onRender {
            let partitions = read()
            let values = Dictionary(partitions.map { ($0.partition, $0.values) }) { first, _ in first }
            for partition in 0..<count {
                let values = values[partition]
                for (place, gauges) in gauges.enumerated() { gauges[partition].record(values?[place] ?? 0) }
            }
            total?.record(partitions.count)
        }
    }
}
