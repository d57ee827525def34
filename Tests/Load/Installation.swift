import ServiceRuntime
import TestStack

/// What is measured: an installation that runs, given by its URLs, or one of our own.
struct Installation {
    static let settings: [Setting] = [
        Setting(
            "start", default: "false", help: "Start an installation of its own, of the executables beside this one."),
        Setting(
            "edges", default: "ws://127.0.0.1:9101/ws,ws://127.0.0.1:9111/ws",
            help: "The edges to connect to, separated by commas; with --start, how many are started counts by them."),
        Setting("router", default: "http://127.0.0.1:9102", help: "message-router, where groups are made."),
        Setting("auth-jwt-secret", help: "The secret that the services verify tokens with.", isSecret: true),
        Setting(
            "pid",
            help: "Processes to watch, as name=pid, separated by commas; by default those that listen at the URLs."),
        Setting("json", help: "A file for the results as JSON, or - for the standard output."),
    ]

    let edges: [String]
    let router: String
    let secret: String
    /// Names and process ids, to be measured.
    let processes: [(name: String, pid: Int32)]
    private let stack: Stack?

    /// Finds or starts it.
    static func open(_ settings: Settings) async throws -> Installation {
        if try settings.boolean("start") { return try await start(edges: max(1, settings.list("edges").count)) }
        let edges = settings.list("edges")
        let router = try settings.string("router")
        var processes = try settings.list("pid").map { text in
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let pid = Int32(parts[1]) else {
                throw SettingsError("pid", "is \"\(text)\"", remedy: "give name=pid, such as edge-1=4711")
            }
            return (name: String(parts[0]), pid: pid)
        }
        if processes.isEmpty {
            for (number, edge) in edges.enumerated() {
                if let pid = ProcessProbe.listener(at: edge) { processes.append(("edge-\(number + 1)", pid)) }
            }
            if let pid = ProcessProbe.listener(at: router) { processes.append(("message-router", pid)) }
        }
        return Installation(
            edges: edges, router: router, secret: try settings.string("auth-jwt-secret"), processes: processes,
            stack: nil)
    }

    private static func start(edges count: Int) async throws -> Installation {
        say("starting Redis, Postgres and the services from \(Programs.buildFolder)")
        let stack = try await Stack.start(Stack.Plan { $0.edges = count })
        var processes: [(name: String, pid: Int32)] = []
        for service in stack.services {
            if let pid = await service.pid { processes.append((service.name, pid)) }
        }
        if let pid = await stack.redis.pid { processes.append(("redis", pid)) }
        if let pid = await stack.postgres.pid { processes.append(("postgres", pid)) }
        return Installation(
            edges: stack.traffic.edges, router: stack.router.url, secret: stack.secret, processes: processes,
            stack: stack)
    }

    /// Ends what was started.
    func close() async throws { try await stack?.stop() }
}
