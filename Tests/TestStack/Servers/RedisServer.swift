import Foundation

/// A Redis of its own on a free port, its data in a folder of its own: AOF on, nothing evicted, as the services demand.
package actor RedisServer {
    package nonisolated let port: Int
    package nonisolated let password: String?
    private let folder: String
    private let settings: [String]
    private let disk: SmallDisk?
    private var child: ChildProcess?

    /// The URL for `REDIS_URL`.
    package nonisolated var url: String {
        "redis://\(password.map { ":\($0)@" } ?? "")127.0.0.1:\(port)"
    }

    private init(password: String?, settings: [String], disk: Int?) throws {
        port = try FreePort.next()
        let folder = try TemporaryFolders.make("redis")
        self.folder = folder
        self.password = password
        self.settings = settings
        self.disk = disk.map { SmallDisk(folder: "\(folder)/disk", megabytes: $0) }
    }

    /// Starts a Redis and waits until it answers.
    /// - Parameters:
    ///   - settings: more arguments for redis-server, e.g. `["--maxmemory", "10mb"]`; they win over those given here.
    ///   - disk: the size in MiB of a disk of its own, which ``fillDisk()`` can fill; its data are gone when the process ends. nil: a folder
    ///     of the machine's disk.
    package static func start(
        password: String? = nil, settings: [String] = [], disk: Int? = nil
    ) async throws -> RedisServer {
        let server = try RedisServer(password: password, settings: settings, disk: disk)
        try await server.launch()
        return server
    }

    private func launch() async throws {
        var arguments = [
            "--port", "\(port)", "--bind", "127.0.0.1", "--dir", disk?.folder ?? folder, "--save", "", "--appendonly",
            "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction", "--daemonize", "no",
        ]
        if let password { arguments += ["--requirepass", password] }
        let program = try Programs.installed("redis-server", package: "redis-server")
        var launch = ChildProcess.Launch(program, arguments + settings)
        if let disk { launch = try disk.wrap(launch) }
        let child = try await ChildProcess.start("redis-server", launch, log: log)
        self.child = child
        try await eventually("redis-server answers\n\(child.log)", within: .seconds(60)) {
            if child.exitCode != nil { throw TestStackError(.process, "redis-server ended\n\(child.tail())") }
            return try await self.cli("PING") == "PONG"
        }
    }

    /// The file that gets its log.
    package nonisolated var log: String { "\(folder)/redis.log" }

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
    ///
    /// Not while an fsync is under way, for that it answers then before it writes is its own promise (docs/reliability.md, what is not promised); on a disk that others
    /// keep busy it may be under way half of the time.
    package func kill() async throws {
        if let probe = RedisPersistence(port: port, password: password) {
            let limit = ContinuousClock.now + .seconds(20)
            while probe.isSyncing == true, ContinuousClock.now < limit { try await Task.sleep(for: .milliseconds(1)) }
        }
        try await child?.end(SIGKILL)
        child = nil
    }

    /// Starts it again, on the same port with the same data.
    package func restart() async throws {
        if child != nil { try await stop() }
        try await launch()
    }

    /// What it holds now, for ``goBack(to:)``. To be called when nothing is being written.
    package func snapshot() throws -> String {
        let copy = try TemporaryFolders.make("redis-snapshot") + "/data"
        try FileManager.default.copyItem(atPath: "\(folder)/appendonlydir", toPath: copy)
        return copy
    }

    /// Kills it and starts it again with what it held at the time of a snapshot: as after a failover to a replica that was behind.
    package func goBack(to snapshot: String) async throws {
        try await kill()
        try FileManager.default.removeItem(atPath: "\(folder)/appendonlydir")
        try FileManager.default.copyItem(atPath: snapshot, toPath: "\(folder)/appendonlydir")
        try await launch()
    }

    /// Stops it in its tracks: connections stay open, nothing answers.
    package func suspend() { child?.suspend() }

    /// Lets it go on after ``suspend()``.
    package func resume() { child?.signal(SIGCONT) }

    /// Fills its disk to the last byte, and waits until it refuses writes for that (`MISCONF`).
    /// - Throws: ``TestStackError`` when it has no disk of its own.
    package func fillDisk() async throws {
        guard let disk, let pid = child?.pid else {
            throw TestStackError(.process, "this Redis has no disk of its own")
        }
        try await eventually("Redis refuses writes for its disk is full\n\(log)", within: .seconds(60)) {
            try disk.fill(of: pid)
            return try await self.cli("SET", "sb:full-disk", "1").hasPrefix("MISCONF")
        }
    }

    /// Makes room on its disk again.
    package func freeDisk() throws {
        if let disk, let pid = child?.pid { try disk.free(of: pid) }
    }

    /// Why a Redis cannot have a disk of its own here; nil when it can.
    package static func diskObstacle() async -> String? { await SmallDisk.obstacle() }

    /// Removes its data, for good; its log stays.
    func removeData() {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: folder)) ?? [] where !name.hasSuffix(".log") {
            try? files.removeItem(atPath: "\(folder)/\(name)")
        }
    }
}
