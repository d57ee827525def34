import Foundation
import TestStack

/// One step of a system's load: clients that connect, send for a while, and are judged.
struct TrafficRun {
    let name: String
    let plan: TrafficPlan
    let secret: String
    let sampler: ProcessSampler

    /// The share of its time that the client's thread may be at work: beyond it, it measures itself.
    private static let busiest = 0.95
    /// The share of an open loop's rate that has to be reached.
    private static let least = 0.95

    /// Runs it on a thread of its own.
    /// - Returns: what came of it, and how many messages were accepted in all, before and after what was measured, too.
    func run(
        onProgress: @escaping @Sendable (TrafficProgress) -> Void
    ) async throws -> (outcome: LoadOutcome, accepted: Int) {
        let targets = try plan.users.map { user in
            "/ws?device=load&token=\(try Token(user: user, lifetime: .seconds(6 * 3600)).signed(secret))"
        }
        return try await onThread { try drive(targets, onProgress) }
    }

    private func drive(
        _ targets: [String], _ onProgress: @escaping @Sendable (TrafficProgress) -> Void
    ) throws -> (outcome: LoadOutcome, accepted: Int) {
        let loop = try LoadLoop()
        var first: UInt64 = 0
        let total = plan.warmUp + plan.seconds
        let driver = TrafficDriver(plan, targets: targets) { interval, stage in
            if first == 0 { first = interval.start }
            onProgress(
                TrafficProgress(name, stage, min(1, Double(interval.end - first) / 1e9 / total), interval))
        }
        try loop.run(driver)
        for number in loop.sockets.indices { loop.close(number) }
        guard driver.welcomed == plan.users.count else {
            throw LoadError.refused(
                "\(driver.welcomed) of \(plan.users.count) clients were let in (closed: \(driver.closes); said: \(driver.remarks))"
            )
        }
        return (outcome(driver), driver.accepted)
    }

    // MARK: What came of it

    private func outcome(_ driver: TrafficDriver) -> LoadOutcome {
        let (from, to) = (driver.measuredFrom, driver.measuredTo)
        var outcome = LoadOutcome()
        outcome.steps = [step(driver)]
        outcome.violations = driver.violations
        outcome.examples = driver.remarks.sorted { $0.value > $1.value }.prefix(5).map {
            "\(name): \($0.key) (\($0.value) times)"
        }
        outcome.examples += driver.closes.map { "\(name): connections closed with \($0.key): \($0.value)" }
        outcome.invalid = invalid(driver)
        outcome.recorded = [
            .init(name: "\(name) delivery", recorder: driver.delivery, from: from, to: to),
            .init(name: "\(name) acceptance", recorder: driver.acceptance, from: from, to: to),
        ]
        return outcome
    }

    private func step(_ driver: TrafficDriver) -> LoadReport.Step {
        let (from, to) = (driver.measuredFrom, driver.measuredTo)
        let hasFanOut = plan.fanOut > 1
        var step = LoadReport.Step(
            name: name, seconds: Double(to - from) / 1e9, unit: hasFanOut ? "deliveries" : "messages",
            count: hasFanOut ? driver.measuredDelivered : driver.measuredAccepted,
            wanted: plan.rate.map { hasFanOut ? $0 * plan.fanOut : $0 })
        step.latencies = ["acceptance": driver.acceptance.latency, "delivery": driver.delivery.latency]
        let looks = sampler.looks(from: from, to: to)
        if let first = looks.first, let last = looks.last, first.time < last.time {
            let share = Double(last.time - first.time) / Double(to - from)
            step.processes = sampler.use(from: first, to: last, count: Int(Double(step.count) * share))
        }
        let intervals = driver.intervals.filter { $0.start >= from && $0.end <= to }.map {
            Timeline.Interval(
                start: $0.start, end: $0.end, count: hasFanOut ? $0.delivered : $0.accepted, p50: $0.p50, p99: $0.p99)
        }
        step.timed = "delivery"
        step.samples = sampler.samples(intervals, from: from)
        step.figures = [
            .init(name: "accepted", value: Double(driver.measuredAccepted) / step.seconds, unit: "messages/s"),
            .init(name: "delivered", value: Double(driver.measuredDelivered) / step.seconds, unit: "deliveries/s"),
            .init(name: "clients", value: Double(plan.users.count), unit: "sessions"),
            .init(name: "client at work", value: busy(driver) * 100, unit: "%"),
        ]
        for (code, count) in driver.refused.sorted(by: { $0.key < $1.key }) {
            step.figures.append(.init(name: "refused as \(code)", value: Double(count), unit: "sends"))
        }
        return step
    }

    /// Why the figures would say nothing.
    private func invalid(_ driver: TrafficDriver) -> [String] {
        var reasons: [String] = []
        if busy(driver) > Self.busiest {
            reasons.append(
                "the load client was at work for \(Int(busy(driver) * 100)) % of its time, so it may be what limits")
        }
        if driver.unread > 0 { reasons.append("\(driver.unread) frames could not be read") }
        // With a window, `busy` only holds its stream for a while. At a rate, a message that was not sent would be one that took no time.
        let counted = driver.refused.filter { plan.rate != nil || $0.key != "busy" }
        if !counted.isEmpty {
            let codes = counted.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            reasons.append(
                "sends were refused (\(codes))"
                    + (counted["rate_limited"] == nil ? "" : ": set RATE and BURST of the edges higher"))
        }
        let seconds = Double(driver.measuredTo - driver.measuredFrom) / 1e9
        if let rate = plan.rate, Double(driver.measuredAccepted) < rate * seconds * Self.least {
            reasons.append(
                "\(Int(Double(driver.measuredAccepted) / seconds)) of \(Int(rate)) messages/s were accepted: more than the installation takes"
            )
        }
        return reasons.map { "\(name): \($0)" }
    }

    private func busy(_ driver: TrafficDriver) -> Double {
        1 - Double(driver.idle) / Double(max(1, driver.measuredTo - driver.measuredFrom))
    }
}
