import Foundation

/// A Redis of its own on a free port, its data in a folder of its own: AOF on, nothing evicted, as the services demand.
package actor RedisServer {
    package nonisolated let port: Int
    package nonisolated let password: String?
    private let folder: String
    private let settings: [String]
    private var child: ChildProcess?

    /// The URL for `REDIS_URL`.
    package nonisolated var url: String {
        "redis://\(password.map { ":\($0)@" } ?? "")127.0.0.1:\(port)"
    }

    private init(password: String?, settings: [String]) throws {
        port = try FreePort.next()
        folder = try TemporaryFolders.make("redis")
        self.password = password
        self.settings = settings
    }

    /// Starts a Redis and waits until it answers.
    /// - Parameter settings: more arguments for redis-server, e.g. `["--maxmemory", "10mb"]`; they win over those given here.
    package static func start(password: String? = nil, settings: [String] = []) async throws -> RedisServer {
        let server = try RedisServer(password: password, settings: settings)
        try await server.launch()
        return server
    }

    private func launch() async throws {
        var arguments = [
            "--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes",
            "--appendfsync", "everysec", "--maxmemory-policy", "noeviction", "--daemonize", "no",
        ]
        if let password { arguments += ["--requirepass", password] }
        let program = try Programs.installed("redis-server", package: "redis-server")
        let child = try await ChildProcess.start(
            "redis-server", .init(program, arguments + settings), log: "\(folder)/redis.log")
        self.child = child
        try await eventually("redis-server answers\n\(child.log)", within: .seconds(20)) {
            if child.exitCode != nil { throw TestStackError(.process, "redis-server ended\n\(child.tail())") }
            return try await self.cli("PING") == "PONG"
        }
    }

    /// The process id, while it runs.
    package var pid: Int32? { child?.pid }

    /// Runs redis-cli with these arguments and returns what it prints, without the newline at the end.
    @discardableResult
    package nonisolated func cli(_ arguments: String...) async throws -> String {
        var launch = ChildProcess.Launch(
            try Programs.installed("redis-cli", package: "redis-tools"),
            ["-h", "127.0.0.1", "-p", "\(port)"] + arguments)
        if let password { launch.environment["REDISCLI_AUTH"] = password }
        let result = try await ChildProcess.run("redis-cli", launch, within: .seconds(20))
        return result.output.hasSuffix("\n") ? String(result.output.dropLast()) : result.output
    }

    /// Ends it in an orderly way; its data stay.
    package func stop() async throws {
        try await child?.end()
        child = nil
    }

    /// Ends it with SIGKILL; its data stay as they are on disk.
    package func kill() async throws {
        try await child?.end(SIGKILL)
        child = nil
    }

    /// Starts it again, on the same port with the same data.
    package func restart() async throws {
        if child != nil { try await stop() }
        try await launch()
    }

    /// Stops it in its tracks: connections stay open, nothing answers.
    package func suspend() { child?.signal(SIGSTOP) }

    /// Lets it go on after ``suspend()``.
    package func resume() { child?.signal(SIGCONT) }
}
