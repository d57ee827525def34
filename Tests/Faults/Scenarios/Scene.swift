import Synchronization
import TestStack

/// Where a fault happens: the installation, the traffic, and what was seen.
struct Scene: Sendable {
    /// What was seen of one fault besides the audit's own findings.
    struct Seen: Sendable {
        /// Seconds from the end of the last fault until both groups' lag was back to normal; nil when it never was.
        var lagSeconds: Double?
        /// The largest lag seen.
        var worstLag = Stack.Lag()
        var complaints: [String] = []
    }

    let stack: Stack
    let control: AuditControl
    /// The traffic of the matrix, messages a second; faults that need an amount of something take it from here.
    let rate: Double
    /// How long traffic runs before something happens.
    let lead: Duration
    private let notes = Notes()

    private final class Notes: Sendable {
        let seen = Mutex(Seen())
    }

    init(stack: Stack, control: AuditControl, plan: AuditPlan, rate: Double) {
        self.stack = stack
        self.control = control
        self.rate = rate
        lead = min(.seconds(10), plan.duration / 5)
    }

    var seen: Seen { notes.seen.withLock { $0 } }

    /// Waits until traffic flows, and a while more.
    func trafficFlows() async throws {
        try await eventually("messages are delivered", within: .seconds(60)) {
            try await control.counts().delivered > 0
        }
        try await Task.sleep(for: lead)
    }

    /// A fault with a beginning and an end: `begin` is done, it lasts for `time`, `end` is done; then clients, presence and lag have to recover.
    ///
    /// `end` must not wait for anything to recover: the time that takes counts from its return.
    func fault(
        _ what: String, for time: Duration, begin: () async throws -> Void, end: () async throws -> Void
    ) async throws {
        await control.faultBegan(what)
        try await begin()
        try await Task.sleep(for: time)
        try await end()
        try await recover()
    }

    /// A fault that consists of steps.
    func fault(_ what: String, _ steps: () async throws -> Void) async throws {
        await control.faultBegan(what)
        try await steps()
        try await recover()
    }

    /// The fault is over: waits until clients, presence and lag have recovered, and until every service is ready.
    private func recover() async throws {
        async let lag: Void = lagRecovers()
        _ = try await control.faultEnded()
        await lag
        for service in stack.services {
            do {
                try await service.waitUntilReady(within: .seconds(30))
            } catch {
                complain("\(service.name) is not ready 30 s after \(error)")
            }
        }
    }

    /// Notes something that is wrong.
    func complain(_ text: String) { notes.seen.withLock { $0.complaints.append(text) } }

    // The lag

    /// The lag that counts as none, of each group: what one second of traffic brings.
    var normalLag: Int { max(1000, Int(rate)) }

    /// Watches the lag from now on, until it is normal or two minutes are over.
    private func lagRecovers() async {
        let clock = ContinuousClock()
        let begin = clock.now
        while clock.now - begin < .seconds(120) {
            if let lag = await readLag(), lag.router < normalLag, lag.history < normalLag {
                let seconds = (clock.now - begin) / .seconds(1)
                return notes.seen.withLock { $0.lagSeconds = max($0.lagSeconds ?? 0, seconds) }
            }
            try? await Task.sleep(for: .milliseconds(250))
        }
        complain("the lag is not back to normal after two minutes: \(seen.worstLag)")
    }

    /// The lag now; nil while Redis does not answer.
    func readLag() async -> Stack.Lag? {
        guard let lag = try? await stack.lag() else { return nil }
        notes.seen.withLock { seen in
            seen.worstLag.router = max(seen.worstLag.router, lag.router)
            seen.worstLag.history = max(seen.worstLag.history, lag.history)
        }
        return lag
    }
}
