package import ServiceRuntime

/// What is measured or audited: an installation that runs, given by its URLs, or one of our own.
package struct Installation: Sendable {
    /// The flags that say where it is.
    package static let settings: [Setting] = [
        Setting(
            "start", default: "false", help: "Start an installation of its own, of the executables beside this one."),
        Setting(
            "edges", default: "ws://127.0.0.1:9101/ws,ws://127.0.0.1:9111/ws",
            help: "The edges to connect to, separated by commas; with --start, how many are started counts by them."),
        Setting(
            "routing",
            help: "With --start, how routers find the edges of recipients: register, ring or broadcast."),
        Setting("router", default: "http://127.0.0.1:9102", help: "message-router, or the gateway."),
        Setting("presence", default: "http://127.0.0.1:9103", help: "presence, or the gateway."),
        Setting("history", default: "http://127.0.0.1:9104", help: "history, or the gateway."),
        Setting("auth-jwt-secret", help: "The secret that the services verify tokens with.", isSecret: true),
    ]

    /// Which processes to watch, for what measures them.
    package static let processSettings: [Setting] = [
        Setting(
            "pid",
            help: "Processes to watch, as name=pid, separated by commas; by default those that listen at the URLs.")
    ]

    package let target: AuditTarget
    /// The installation itself, if it is one of our own.
    package let stack: Stack?

    /// Finds or starts it.
    /// - Parameter change: what is to be different where it is started.
    package static func open(
        _ settings: Settings, _ change: (inout Stack.Plan) -> Void = { _ in }
    ) async throws -> Installation {
        if try settings.boolean("start") {
            say("starting Redis, Postgres and the services from \(Programs.buildFolder)")
            let routing = try settings.optionalString("routing").map(Self.routing)
            let stack = try await Stack.start(
                .init {
                    $0.edges = max(1, settings.list("edges").count)
                    $0.routing = routing
                    change(&$0)
                })
            return Installation(target: stack.auditTarget, stack: stack)
        }
        let target = AuditTarget(
            edges: settings.list("edges"), router: try settings.string("router"),
            presence: try settings.string("presence"), history: try settings.string("history"),
            secret: try settings.string("auth-jwt-secret"))
        return Installation(target: target, stack: nil)
    }

    /// The ways in which routers may find the edges of recipients.
    package static let routings = ["register", "ring", "broadcast"]

    /// A way that there is.
    /// - Throws: `SettingsError` for one that there is not.
    package static func routing(_ name: String) throws(SettingsError) -> String {
        guard routings.contains(name) else {
            throw SettingsError(
                "routing", "has \"\(name)\"", remedy: "give \(routings.joined(separator: ", "))")
        }
        return name
    }

    /// Names and process ids of what it is made of, as far as they run on this machine.
    package func processes(_ settings: Settings) async throws -> [(name: String, pid: Int32)] {
        if let stack { return await Self.processes(of: stack) }
        let named = try settings.list("pid").map { text in
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let pid = Int32(parts[1]) else {
                throw SettingsError("pid", "is \"\(text)\"", remedy: "give name=pid, such as edge-1=4711")
            }
            return (name: String(parts[0]), pid: pid)
        }
        guard named.isEmpty else { return named }
        var found: [(name: String, pid: Int32)] = []
        for (number, edge) in target.edges.enumerated() {
            if let pid = ProcessProbe.listener(at: edge) { found.append(("edge-\(number + 1)", pid)) }
        }
        if let pid = ProcessProbe.listener(at: target.router) { found.append(("message-router", pid)) }
        return found
    }

    private static func processes(of stack: Stack) async -> [(name: String, pid: Int32)] {
        var processes: [(name: String, pid: Int32)] = []
        for service in stack.services {
            if let pid = await service.pid { processes.append((service.name, pid)) }
        }
        if let pid = await stack.redis.pid { processes.append(("redis", pid)) }
        if let pid = await stack.postgres.pid { processes.append(("postgres", pid)) }
        return processes
    }

    /// Ends what was started.
    package func close() async throws { try await stack?.stop() }
}
