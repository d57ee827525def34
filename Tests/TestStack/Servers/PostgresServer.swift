import Foundation

/// A Postgres of its own on a free port, with an empty database `switchboard`, its data in a folder of its own.
///
/// A cluster is made once by initdb, kept, and copied from then on. As root it runs as the system user `postgres`, because Postgres refuses root.
package actor PostgresServer {
    /// How a connection over TCP shows who it is.
    package enum Authentication: String, Sendable {
        case trust
        case scram = "scram-sha-256"
    }

    /// The password of the one user, `switchboard`; asked for with ``Authentication/scram``.
    package static let password = "correct horse"

    package nonisolated let port: Int
    private let authentication: Authentication
    private let folder: String
    private let isDurable: Bool
    private let disk: SmallDisk?
    /// The file that gets its log.
    package nonisolated var log: String { "\(folder)/postgres.log" }
    private var child: ChildProcess?

    /// The URL for `DATABASE_URL`.
    package nonisolated var url: String { "postgres://switchboard:correct%20horse@127.0.0.1:\(port)/switchboard" }

    private init(
        authentication: Authentication, port: Int?, isDurable: Bool, disk: Int?, folder: String? = nil
    ) throws {
        self.port = try port ?? FreePort.next()
        let folder = try folder ?? TemporaryFolders.make("postgres")
        self.folder = folder
        self.authentication = authentication
        self.isDurable = isDurable
        self.disk = disk.map { SmallDisk(folder: "\(folder)/disk", megabytes: $0) }
    }

    /// Starts a Postgres and waits until it takes connections.
    /// - Parameters:
    ///   - port: where to listen; a free port when nil.
    ///   - isDurable: whether all settings are as Postgres ships, for measuring: `fsync` on above all.
    ///   - disk: the size in MiB of a disk besides that of its data, see ``tablespaceForAll()``; what is on it is gone when the process ends. nil: none.
    ///   - folder: where its data are and stay, and may be from before; nil for a folder that goes with the process. Its user has to get there.
    package static func start(
        authentication: Authentication = .trust, port: Int? = nil, isDurable: Bool = false, disk: Int? = nil,
        folder: String? = nil
    ) async throws -> PostgresServer {
        if let folder { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        let server = try PostgresServer(
            authentication: authentication, port: port, isDurable: isDurable, disk: disk, folder: folder)
        if !FileManager.default.fileExists(atPath: "\(server.folder)/data") {
            let template = try await PostgresTemplate.shared.folder()
            try await PostgresTemplate.run("cp", ["-a", template, "\(server.folder)/data"], asOwner: false)
        }
        try await server.launch()
        return server
    }

    /// Starts a standby of a Postgres, which follows it from then on, and waits until it takes connections.
    package static func standby(of primary: PostgresServer) async throws -> PostgresServer {
        let server = try PostgresServer(
            authentication: primary.authentication, port: nil, isDurable: primary.isDurable, disk: nil)
        let copy = "\(server.folder)/data"
        if getuid() == 0 {
            try await PostgresTemplate.run("chown", ["postgres:postgres", server.folder], asOwner: false)
        }
        // With what `-R` writes the standby knows where its primary is.
        try await PostgresTemplate.run(
            PostgresTemplate.program("pg_basebackup"),
            ["-D", copy, "-R", "-X", "stream", "--checkpoint=fast", "--no-sync", "-d", primary.url])
        try await server.launch()
        return server
    }

    private func launch() async throws {
        let data = "\(folder)/data"
        let entries = ["all", "replication"].map { "host \($0) all 127.0.0.1/32 \(authentication.rawValue)\n" }
        try entries.joined()
            .write(toFile: "\(data)/pg_hba.conf", atomically: false, encoding: .utf8)
        var arguments = [
            "-D", data, "-p", "\(port)", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
        ]
        // Nothing is lost by a killed process without fsync: only a killed machine would lose it.
        if !isDurable {
            arguments += [
                "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB", "-c",
                "max_connections=100",
            ]
        }
        var launch = ChildProcess.Launch(try PostgresTemplate.program("postgres"), arguments)
        launch.user = "postgres"
        // An orderly end also frees its shared memory segment, which SIGKILL would leave behind.
        launch.deathSignal = "QUIT"
        launch.folder = "/"
        if let disk { launch = try disk.wrap(launch) }
        let child = try await ChildProcess.start("postgres", launch, log: log)
        self.child = child
        let ready = ChildProcess.Launch(
            try PostgresTemplate.program("pg_isready"), ["-q", "-h", "127.0.0.1", "-p", "\(port)"])
        try await eventually("Postgres takes connections (\(child.log))", within: .seconds(120)) {
            if child.exitCode != nil { throw TestStackError(.process, "postgres ended\n\(child.tail())") }
            return try await ChildProcess.run("pg_isready", ready, within: .seconds(10)).code == 0
        }
    }

    /// The process id of the postmaster, while it runs.
    package var pid: Int32? { child?.pid }

    /// Runs one SQL text with psql and returns the rows, columns separated by `|`.
    @discardableResult
    package nonisolated func sql(_ text: String) async throws -> [String] {
        var launch = ChildProcess.Launch(
            try PostgresTemplate.program("psql"), ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text, url])
        launch.environment["PGPASSWORD"] = Self.password
        let result = try await ChildProcess.run("psql", launch, within: .seconds(30))
        guard result.code == 0 else { throw TestStackError(.process, "psql: \(result.output)") }
        return result.output.split(separator: "\n").map(String.init)
    }

    /// Runs one SQL text with psql and hands over the lines it prints one after the other, however many there are.
    package nonisolated func lines(
        _ text: String, within limit: Duration = .seconds(300), _ take: (Substring) async throws -> Void
    ) async throws {
        var launch = ChildProcess.Launch(
            try PostgresTemplate.program("psql"), ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text, url])
        launch.environment["PGPASSWORD"] = Self.password
        let output = try TemporaryFolders.make("psql")
        defer { try? FileManager.default.removeItem(atPath: output) }
        let child = try await ChildProcess.start("psql", launch, log: "\(output)/output")
        guard try await child.wait(within: limit) == 0 else {
            throw TestStackError(.process, "psql: \(child.tail(5))")
        }
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: child.log))
        defer { try? file.close() }
        var rest: [UInt8] = []
        while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty {
            rest += chunk
            guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
            let whole = String(decoding: rest[..<end], as: UTF8.self)
            rest.removeSubrange(...end)
            for line in whole.split(separator: "\n") { try await take(line) }
        }
    }

    /// Ends it in an orderly way, without waiting for its clients; its data stay.
    package func stop() async throws {
        try await child?.end(SIGINT)
        child = nil
    }

    /// Ends it with SIGKILL; its data stay as they are.
    package func kill() async throws {
        try await child?.end(SIGKILL)
        child = nil
    }

    /// Starts it again, on the same port with the same data.
    package func restart() async throws {
        if child != nil { try await stop() }
        try await launch()
    }

    /// Stops it, puts its files out of the system's cache, where the system lets one, and starts it: what it reads next comes from the disk.
    package func restartCold() async throws {
        try await stop()
        #if canImport(Glibc)
            for path in FileManager.default.enumerator(atPath: "\(folder)/data")?.compactMap({ $0 as? String }) ?? [] {
                let descriptor = unsafe open("\(folder)/data/\(path)", O_RDONLY)
                guard descriptor >= 0 else { continue }
                // Written by the end of the server, so there is nothing that would have to stay.
                fdatasync(descriptor)
                posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
                close(descriptor)
            }
        #endif
        try await launch()
    }

    /// Makes a tablespace on its disk, in which all tables are that are made from then on.
    package func tablespaceForAll() async throws {
        guard let disk else { throw TestStackError(.process, "this Postgres has no disk of its own") }
        try await sql("create tablespace small location '\(disk.folder)'")
        try await sql("alter database switchboard set default_tablespace = small")
    }

    /// Fills its disk to the last byte.
    package func fillDisk() throws {
        guard let disk, let pid = child?.pid else {
            throw TestStackError(.process, "this Postgres has no disk of its own")
        }
        try disk.fill(of: pid)
    }

    /// Makes room on its disk again.
    package func freeDisk() throws {
        if let disk, let pid = child?.pid { try disk.free(of: pid) }
    }

    /// Why a Postgres cannot have a disk of its own here; nil when it can.
    package static func diskObstacle() async -> String? { await SmallDisk.obstacle() }

    /// Stops the postmaster in its tracks: nobody new gets in. Backends that exist go on.
    package func suspend() { child?.suspend() }

    /// Lets it go on after ``suspend()``.
    package func resume() { child?.signal(SIGCONT) }

    /// Removes its data, for good.
    func removeData() { try? FileManager.default.removeItem(atPath: "\(folder)/data") }
}
