/// Compares what was accepted with what came.
struct TrafficJudge {
    /// One client's share.
    struct Part: Sendable {
        let index: Int
        let ledger: TrafficLedger
        let sent: Int
        let unanswered: Int
        let reconnects: Int
        let deliveries: [UInt32]
        let acceptances: [UInt32]
    }

    private let plan: TrafficPlan
    private var parts: [Int: Part] = [:]

    init(_ plan: TrafficPlan) { self.plan = plan }

    mutating func add(_ part: Part) { parts[part.index] = part }

    func report() -> TrafficReport {
        var report = TrafficReport()
        report.clients = plan.clients
        report.seconds = plan.duration / .seconds(1)
        var deliveries: [UInt32] = []
        var acceptances: [UInt32] = []
        let members = (0..<plan.groups).map { plan.members(ofGroup: $0) }
        for (_, part) in parts.sorted(by: { $0.key < $1.key }) {
            let ledger = part.ledger
            report.sent += part.sent
            report.accepted += ledger.accepted.count
            report.unanswered += part.unanswered
            report.reconnects += part.reconnects
            report.refused += ledger.refused
            report.putOff += ledger.putOff
            report.repeated += ledger.repeated
            report.outOfOrder += ledger.outOfOrder
            report.gaps += ledger.gaps
            report.examples += ledger.examples
            deliveries += part.deliveries
            acceptances += part.acceptances
            for message in ledger.accepted {
                let key = TrafficLedger.key(sender: part.index, n: message.n)
                for recipient in recipients(message.target, from: part.index, members) {
                    if parts[recipient]?.ledger.seen.contains(key) == true {
                        report.delivered += 1
                    } else {
                        report.lost += 1
                        if report.lost <= 5 {
                            report.examples.append(
                                "client \(recipient) never got n \(message.n) of client \(part.index)")
                        }
                    }
                }
            }
        }
        report.expected = report.delivered + report.lost
        report.foreign = foreign(report)
        report.delivery = .init(microseconds: deliveries)
        report.acceptance = .init(microseconds: acceptances)
        report.examples = Array(report.examples.prefix(20))
        return report
    }

    private func recipients(_ target: TrafficLedger.Target, from sender: Int, _ members: [[Int]]) -> [Int] {
        switch target {
        case .client(let other): [other]
        case .group(let group): members[group].filter { $0 != sender }
        }
    }

    /// What came to clients beyond what was accepted for them. A message whose `accepted` is still on its way may have come already.
    private func foreign(_ report: TrafficReport) -> Int {
        guard report.unanswered == 0 else { return 0 }
        return parts.values.reduce(0) { $0 + $1.ledger.seen.count } - report.delivered
    }
}
