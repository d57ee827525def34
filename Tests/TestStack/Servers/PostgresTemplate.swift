import Foundation

/// The cluster that every ``PostgresServer`` is a copy of: initdb takes seconds, a copy a tenth of one.
actor PostgresTemplate {
    static let shared = PostgresTemplate()

    /// How long one program may take: on a disk that others keep busy, a copy of 40 MB has taken more than two minutes.
    private static let limit = Duration.seconds(600)

    private var made: Task<String, any Error>?

    /// The folder of the template, made if need be.
    func folder() async throws -> String {
        if let made { return try await made.value }
        let task = Task { try await Self.make() }
        made = task
        return try await task.value
    }

    private static func make() async throws -> String {
        let initdb = try program("initdb")
        let version = try await run(initdb, ["--version"], asOwner: false)
            .filter { $0.isNumber || $0 == "." }
        let final = try "\(TemporaryFolders.cache())/postgres-small-log-\(version)"
        if FileManager.default.fileExists(atPath: final) { return final }
        let folder = try TemporaryFolders.make("postgres-template")
        let data = "\(folder)/data"
        let password = "\(folder)/password"
        try PostgresServer.password.write(toFile: password, atomically: false, encoding: .utf8)
        if getuid() == 0 { try await run("chown", ["-R", "postgres:postgres", folder], asOwner: false) }
        try await run(
            initdb,
            [
                "-D", data, "-U", "switchboard", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--pwfile", password,
                "--auth=trust",
                // The copy is of 16 MB less than with the usual segments of the log.
                "--wal-segsize=1",
            ])
        let create = "echo 'CREATE DATABASE switchboard' | '\(try program("postgres"))' --single -D '\(data)' postgres"
        try await run("sh", ["-c", create])
        // Another process may have been faster: the one that is there first stays.
        try? FileManager.default.moveItem(atPath: data, toPath: final)
        return final
    }

    /// The path of a program of the newest Postgres installed.
    static func program(_ name: String) throws(TestStackError) -> String {
        let parent = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [])
            .compactMap { Int($0) }.sorted(by: >)
        return try Programs.installed(name, besides: versions.map { "\(parent)/\($0)/bin" }, package: "postgresql")
    }

    /// Runs a program to its end, as the owner of the database unless told otherwise, and returns its output.
    @discardableResult
    static func run(_ name: String, _ arguments: [String], asOwner: Bool = true) async throws -> String {
        let path = name.contains("/") ? name : try Programs.installed(name, package: "coreutils")
        var launch = ChildProcess.Launch(path, arguments)
        launch.user = asOwner ? "postgres" : nil
        launch.folder = "/"
        let program = name.split(separator: "/").last.map(String.init) ?? name
        let result = try await ChildProcess.run(program, launch, within: limit)
        guard result.code == 0 else {
            throw TestStackError(.process, "\(program) ended with \(result.code): \(result.output)")
        }
        return result.output
    }
}
