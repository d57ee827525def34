import Foundation
import Messaging
import Synchronization
import TestStack

/// What is done to an edge, one thing after the other.
struct EdgeWork: Sendable {
    let bed: EdgeBed
    let users: [String]
    let tokens: [String]
    let connecting: Int
    let settle: Duration
    let pinging: Int
    let window: Int
    let groupSize: Int
    let body: Int
    let seconds: Double
    let line = LiveLine()

    /// Sessions that are opened first, so that what is measured is not the loading of code.
    private static let warm = 100

    func run() async throws -> LoadOutcome {
        let sampler = ProcessSampler(await bed.processes())
        defer { sampler.stop() }
        let counter = FanOutDriver.Counter()
        let router = StandInRouter(
            redis: bed.link, keys: Keys(), edge: EdgeBed.name, users: users, groupSize: groupSize, body: body,
            window: max(4 * groupSize, 4000))
        let begun = StartSignal()
        async let written = begun.wait { try await router.run(counter) }
        let outcome = try await onThread { try drive(sampler, counter, begun) }
        try await written
        return outcome
    }

    /// All that blocks its thread.
    private func drive(
        _ sampler: ProcessSampler, _ counter: FanOutDriver.Counter, _ begun: StartSignal
    ) throws -> LoadOutcome {
        var outcome = LoadOutcome()
        let loop = try LoadLoop()
        defer {
            // Whatever happens, nobody waits for the fan-out for ever.
            counter.isOver.store(true, ordering: .releasing)
            begun.begin()
        }
        let targets = tokens.map { "/ws?device=load&token=\($0)" }
        say("opening \(users.count) sessions")
        try loop.run(ConnectDriver(Array(targets.prefix(Self.warm)), port: bed.port, atOnce: connecting))
        Thread.sleep(forTimeInterval: settle / .seconds(1))
        let before = sampler.look()
        let connect = ConnectDriver(
            Array(targets.dropFirst(Self.warm)), port: bed.port, atOnce: connecting,
            show: shows("handshakes", "handshakes"))
        try loop.run(connect)
        let opened = sampler.look()
        guard connect.failed.isEmpty else { throw LoadError.refused("sessions could not be opened: \(connect.failed)") }
        line.finish()
        add(handshakes: connect, sampler, from: before, to: opened, &outcome)
        Thread.sleep(forTimeInterval: settle / .seconds(1))
        add(memoryFrom: before, to: sampler.look(), connect.welcomed, &outcome)
        try ping(loop, sampler, &outcome)
        try fanOut(loop, sampler, counter, begun, &outcome)
        for number in loop.sockets.indices { loop.close(number) }
        return outcome
    }

    private func add(
        handshakes driver: ConnectDriver, _ sampler: ProcessSampler, from before: ProcessSampler.Look,
        to after: ProcessSampler.Look, _ outcome: inout LoadOutcome
    ) {
        var step = LoadReport.Step(
            name: "handshakes", seconds: Double(driver.to - driver.from) / 1e9, unit: "handshakes",
            count: driver.welcomed)
        step.timed = "connect to welcome"
        step.latencies = ["connect to welcome": driver.times.latency]
        step.processes = sampler.use(from: before, to: after, count: driver.welcomed)
        step.samples = sampler.samples(driver.intervals, from: driver.from)
        outcome.steps.append(step)
        outcome.recorded.append(.init(name: "handshake", recorder: driver.times, from: driver.from, to: driver.to))
        outcome.budgets.append(
            Budget(
                name: "handshakes with token and register", unit: "/s", better: .higher, must: 5000, reached: step.rate)
        )
    }

    private func add(
        memoryFrom before: ProcessSampler.Look, to after: ProcessSampler.Look, _ count: Int,
        _ outcome: inout LoadOutcome
    ) {
        let grown = Double((after.probes["edge"]?.resident ?? 0) - (before.probes["edge"]?.resident ?? 0)) / 1024
        var step = LoadReport.Step(name: "\(count) idle sessions", seconds: 0, unit: "sessions", count: count)
        step.figures = [.init(name: "resident memory of a session", value: grown / Double(count), unit: "KiB")]
        outcome.steps.append(step)
        outcome.budgets.append(
            Budget(
                name: "memory of an idle session in ws-edge", unit: "KiB", better: .lower, must: 10, aim: 6,
                reached: grown / Double(count)))
    }

    private func ping(_ loop: LoadLoop, _ sampler: ProcessSampler, _ outcome: inout LoadOutcome) throws {
        let driver = PingDriver(0..<pinging, window: window, seconds: seconds, show: shows("ping", "pings"))
        let before = sampler.look()
        let waited = loop.waited
        try loop.run(driver)
        line.finish()
        let after = sampler.look()
        var step = LoadReport.Step(
            name: "ping", seconds: Double(driver.to - driver.from) / 1e9, unit: "pings", count: driver.times.count)
        step.timed = "ping to pong"
        step.latencies = ["ping to pong": driver.times.latency]
        step.processes = sampler.use(from: before, to: after, count: step.count)
        step.samples = sampler.samples(driver.intervals, from: driver.from)
        step.figures = [busy(loop.waited - waited, driver.to - driver.from)]
        judge(step, &outcome)
        outcome.steps.append(step)
        outcome.recorded.append(.init(name: "ping", recorder: driver.times, from: driver.from, to: driver.to))
        if driver.failed > 0 { outcome.violations["connections lost", default: 0] += driver.failed }
    }

    private func fanOut(
        _ loop: LoadLoop, _ sampler: ProcessSampler, _ counter: FanOutDriver.Counter, _ begun: StartSignal,
        _ outcome: inout LoadOutcome
    ) throws {
        let name = "fan-out to \(groupSize)"
        let driver = FanOutDriver(body: body, seconds: seconds, counter, show: shows(name, "deliveries"))
        let before = sampler.look()
        begun.begin()
        try loop.run(driver)
        line.finish()
        let after = sampler.look()
        var step = LoadReport.Step(
            name: name, seconds: Double(driver.to - driver.from) / 1e9, unit: "deliveries", count: driver.measured)
        step.timed = "written to delivered"
        step.latencies = ["written to delivered": driver.times.latency]
        step.processes = sampler.use(from: before, to: after, count: step.count)
        step.samples = sampler.samples(driver.intervals, from: driver.from)
        step.figures = [busy(driver.waited, driver.to - driver.from)]
        judge(step, &outcome)
        outcome.steps.append(step)
        outcome.recorded.append(.init(name: "fan-out", recorder: driver.times, from: driver.from, to: driver.to))
        outcome.violations.merge(driver.violations, uniquingKeysWith: +)
        if driver.unread > 0 { outcome.invalid.append("\(driver.unread) frames could not be read") }
    }

    private func busy(_ waited: UInt64, _ time: UInt64) -> LoadReport.Figure {
        .init(name: "client at work", value: 100 * (1 - Double(waited) / Double(max(1, time))), unit: "%")
    }

    /// The share of its time that the client's thread may be at work: beyond it, it measures itself.
    private static let busiest = 95.0

    /// Says so when the client may have been what limits.
    private func judge(_ step: LoadReport.Step, _ outcome: inout LoadOutcome) {
        guard let busy = step.figures.first(where: { $0.name == "client at work" })?.value, busy > Self.busiest else {
            return
        }
        outcome.invalid.append(
            "\(step.name): the load client was at work for \(Int(busy)) % of its time, so it may be what limits")
    }

    private func shows(_ name: String, _ unit: String) -> (Timeline.Interval, Double) -> Void {
        { [line] interval, share in line.show(name, share: share, interval, unit: unit) }
    }
}
