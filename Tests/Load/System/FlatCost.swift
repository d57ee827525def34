/// Whether a message costs the same however many sessions and partitions there are: the same step at the same rate, side by side.
enum FlatCost {
    /// How many times the cheapest the dearest may cost.
    static let most = 1.25

    /// A budget for each step that was done at a rate under several circumstances. Without a rate batches are of different sizes, and nothing compares.
    static func budgets(_ steps: [LoadReport.Step]) -> [Budget] {
        var order: [String] = []
        var costs: [String: [Double]] = [:]
        for step in steps where step.wanted != nil && step.serverMicroseconds > 0 {
            // What comes after the name of the step are its circumstances; but a group's log and its members' inboxes are two things, and may differ.
            let parts = step.name.split(separator: ", ").map(String.init)
            let name = (parts.prefix(1) + parts.dropFirst().filter { $0.hasPrefix(SystemShape.largeLabel) })
                .joined(separator: ", ")
            if costs[name] == nil { order.append(name) }
            costs[name, default: []].append(step.serverMicroseconds)
        }
        return order.compactMap { name in
            guard let all = costs[name], all.count > 1, let least = all.min(), let greatest = all.max() else {
                return nil
            }
            return Budget(
                name: "\(name): the dearest by the cheapest of \(all.count)", unit: "times", better: .lower, must: most,
                reached: greatest / least)
        }
    }
}
