/// The groups that a partition's reader has met lately, with their members.
///
/// Bounded by members in two generations: when the young one is full it becomes the old one, and what is used again becomes young. So what was used least
/// lately goes, at the cost of a look-up. Only the partition's reader changes groups of its partition, and does so in Redis first.
struct GroupCache {
    /// Members in a generation, at most (and one group more).
    private let capacity: Int
    private var young: [String: Group] = [:]
    private var old: [String: Group] = [:]
    private var weight = 0

    init(capacity: Int = 100_000) { self.capacity = capacity }

    /// How many groups it holds.
    var count: Int { young.count + old.count }

    subscript(id: String) -> Group? {
        mutating get {
            if let group = young[id] { return group }
            guard let group = old.removeValue(forKey: id) else { return nil }
            self[id] = group
            return group
        }
        set {
            old[id] = nil
            if let replaced = young.removeValue(forKey: id) { weight -= replaced.members.count + 1 }
            guard let newValue else { return }
            if weight >= capacity {
                old = young
                young = [:]
                weight = 0
            }
            young[id] = newValue
            weight += newValue.members.count + 1
        }
    }
}
