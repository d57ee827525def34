internal import Messaging

/// Who should hold which partition: the same answer on every instance that sees the same list.
///
/// Rendezvous hashing with a bound: each partition goes to the instance with the highest weight that has fewer than
/// ⌈partitions / instances⌉. So the load is even, and few partitions move when an instance comes or goes.
/// Source: https://en.wikipedia.org/wiki/Rendezvous_hashing
enum LeaseShare {
    /// The partitions that `instance` should hold, if `instances` (with itself) are alive.
    static func share(of instance: String, among instances: [String], partitions: Int) -> Set<Int> {
        let live = Set(instances).union([instance]).sorted()
        let capacity = (partitions + live.count - 1) / live.count
        var load: [String: Int] = [:]
        var share: Set<Int> = []
        for partition in 0..<partitions {
            let ranked = live.map { (weight: weight($0, partition), instance: $0) }.sorted {
                $0.weight == $1.weight ? $0.instance < $1.instance : $0.weight > $1.weight
            }
            guard let chosen = ranked.first(where: { load[$0.instance, default: 0] < capacity }) else { continue }
            load[chosen.instance, default: 0] += 1
            if chosen.instance == instance { share.insert(partition) }
        }
        return share
    }

    private static func weight(_ instance: String, _ partition: Int) -> Int {
        Partition.of("\(partition)/\(instance)/\(partition)", count: 1 << 40)
    }
}
