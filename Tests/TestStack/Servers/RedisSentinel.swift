import Foundation

/// A Sentinel of its own on a free port, watching one master.
actor RedisSentinel {
    nonisolated let port: Int
    private let folder: String
    private var child: ChildProcess?

    private init() throws {
        port = try FreePort.next()
        folder = try TemporaryFolders.make("sentinel")
    }

    /// Starts a Sentinel and waits until it answers. It takes a master for dead after 2 s without an answer, if another does so too.
    static func start(_ name: String, of master: RedisServer) async throws -> RedisSentinel {
        let sentinel = try RedisSentinel()
        try await sentinel.launch(name, master.port)
        return sentinel
    }

    private func launch(_ name: String, _ masterPort: Int) async throws {
        let file = "\(folder)/sentinel.conf"
        let configuration = """
            port \(port)
            bind 127.0.0.1
            dir "\(folder)"
            sentinel monitor \(name) 127.0.0.1 \(masterPort) 2
            sentinel down-after-milliseconds \(name) 2000
            sentinel failover-timeout \(name) 10000
            sentinel parallel-syncs \(name) 1
            """
        try (configuration + "\n").write(toFile: file, atomically: false, encoding: .utf8)
        let program = try Programs.installed("redis-server", package: "redis-server")
        let child = try await ChildProcess.start(
            "redis-sentinel", .init(program, [file, "--sentinel"]), log: "\(folder)/sentinel.log")
        self.child = child
        try await eventually("a Sentinel answers\n\(child.log)", within: .seconds(20)) {
            if child.exitCode != nil { throw TestStackError(.process, "the Sentinel ended\n\(child.tail())") }
            return try await self.cli("PING") == "PONG"
        }
    }

    /// Runs redis-cli against it and returns what it prints.
    nonisolated func cli(_ arguments: String...) async throws -> String {
        let launch = ChildProcess.Launch(
            try Programs.installed("redis-cli", package: "redis-tools"),
            ["-h", "127.0.0.1", "-p", "\(port)"] + arguments)
        let output = try await ChildProcess.run("redis-cli", launch, within: .seconds(20)).output
        return output.hasSuffix("\n") ? String(output.dropLast()) : output
    }

    func stop() async throws {
        try await child?.end()
        child = nil
    }
}
