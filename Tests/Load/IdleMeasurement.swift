import Foundation
import ServiceRuntime
import TestStack

/// What a session costs that says nothing: the edges' memory before and after, and how fast sessions begin.
enum IdleMeasurement: Measurement {
    static let name = "idle"
    static let summary =
        "The memory of an idle, authenticated, registered session on the edges, and handshakes a second."

    static let settings: [Setting] = [
        Setting("sessions", default: "5000", help: "Sessions to open, each of a user of its own."),
        Setting("connecting", default: "64", help: "How many connect at once."),
        Setting(
            "settle", default: "5", unit: "s", help: "How long the memory must have stayed the same before it is read."),
    ]

    /// The results in the form of the JSON file.
    struct Results: Codable {
        var sessions: Int
        var bytesPerSession: Double
        var handshakesPerSecond: Double
        var residentBefore: Int
        var residentAfter: Int
    }

    static func run(_ settings: Settings) async throws -> Bool {
        let sessions = try settings.integer("sessions", in: 100...60_000)
        let settle = try settings.duration("settle", in: .seconds(1)...(.seconds(120)))
        try raiseFileLimit(sessions)
        let installation = try await Installation.open(settings)
        let edges = try await installation.processes(settings).filter { $0.name.hasPrefix("edge") }
        guard !edges.isEmpty else {
            throw SettingsError(
                "pid", "names no edge", remedy: "give edge-1=<pid>, or run it on the machine of the edges")
        }
        var plan = AuditPlan()
        plan.devices = 1
        (plan.groups, plan.largeGroups) = (0, 0)
        plan.silence = .seconds(3600)
        plan.connecting = try settings.integer("connecting", in: 1...10_000)
        // The first sessions load code and fill pools: they are not what is measured.
        plan.clients = 100
        let warm = try await IdleSwarm.connect(plan, installation.target)
        let before = try await settled(edges, settle)
        plan.clients = sessions
        plan.name += "-idle"
        let clock = ContinuousClock()
        let start = clock.now
        let swarm = try await IdleSwarm.connect(plan, installation.target, within: .seconds(300))
        let seconds = (clock.now - start) / .seconds(1)
        let after = try await settled(edges, settle)
        let open = try await swarm.open()
        await swarm.stop()
        await warm.stop()
        try await installation.close()
        let results = Results(
            sessions: open, bytesPerSession: Double(after - before) / Double(sessions),
            handshakesPerSecond: Double(sessions) / seconds, residentBefore: before, residentAfter: after)
        say(
            String(
                format: "%d of %d sessions open, %.1f KiB each, %.0f handshakes/s, edges %.1f → %.1f MiB", open,
                sessions,
                results.bytesPerSession / 1024, results.handshakesPerSecond, Double(before) / 1_048_576,
                Double(after) / 1_048_576))
        try ResultFile.write(results, to: settings.optionalString("json"))
        return open == sessions
    }

    /// The edges' resident bytes once they have stayed within one percent for `time`.
    private static func settled(_ edges: [(name: String, pid: Int32)], _ time: Duration) async throws -> Int {
        let clock = ContinuousClock()
        func read() -> Int { edges.reduce(0) { $0 + (ProcessProbe(pid: $1.pid)?.resident ?? 0) } }
        var last = read()
        var since = clock.now
        try await eventually("the edges' memory has settled", within: .seconds(180)) {
            let now = read()
            if abs(now - last) > last / 100 { (last, since) = (now, clock.now) }
            return clock.now - since >= time
        }
        return read()
    }

    /// Each session is an open file here.
    private static func raiseFileLimit(_ sessions: Int) throws {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur > UInt(sessions + 500) else {
            throw SettingsError(
                "sessions", "needs \(sessions + 500) open files and \(limit.rlim_cur) are allowed",
                remedy: "raise the limit with `ulimit -n`")
        }
    }
}
