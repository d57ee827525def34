import Foundation

/// One of the built executables, run with an environment of its own on a port of its own.
package actor ServiceProcess {
    /// The executable's name: `ws-edge`, `message-router`, `presence`, `history`.
    package nonisolated let program: String
    package nonisolated let name: String
    package nonisolated let port: Int
    package nonisolated let log: String
    private var environment: [String: String]
    private var user: String?
    private var child: ChildProcess?

    /// A process that is not started yet.
    /// - Parameter name: what to call it, e.g. `edge-1`; the program's name when nil.
    package init(_ program: String, name: String? = nil, environment: [String: String] = [:]) throws {
        self.program = program
        self.name = name ?? program
        port = try environment["PORT"].flatMap { Int($0) } ?? FreePort.next()
        log = try TemporaryFolders.make(self.name) + "/\(self.name).log"
        self.environment = environment.merging(["PORT": "\(port)", "HOST": "127.0.0.1"]) { given, _ in given }
    }

    /// The base URL of its HTTP server.
    package nonisolated var url: String { "http://127.0.0.1:\(port)" }

    /// The process id, while it runs.
    package var pid: Int32? { child?.pid }

    /// Changes a setting from the next start on; nil takes it away.
    package func set(_ setting: String, to value: String?) { environment[setting] = value }

    /// Has it run as another system user from the next start on, if this process runs as root; nil for the same user.
    package func run(as user: String?) { self.user = user }

    /// Starts it, without waiting for anything.
    package func launch() async throws {
        var launch = ChildProcess.Launch(try Programs.own(program))
        launch.environment = environment
        launch.user = user
        child = try await ChildProcess.start(name, launch, log: log)
    }

    /// Starts it and waits until /readyz says 200.
    /// - Throws: ``TestStackError`` with the end of its log, when it ends or does not get ready within `limit`.
    package func start(within limit: Duration = .seconds(30)) async throws {
        try await launch()
        try await waitUntilReady(within: limit)
    }

    /// Waits until /readyz says 200.
    /// - Throws: ``TestStackError`` with the end of its log and the last answer.
    package func waitUntilReady(within limit: Duration = .seconds(30)) async throws {
        var last = "no answer"
        do {
            try await eventually("\(name) is ready", within: limit) {
                if let code = child?.exitCode { throw TestStackError(.process, "\(name) ended with \(code)") }
                guard let answer = try? await HTTPClient.get("\(url)/readyz", within: .seconds(2)) else { return false }
                last = "\(answer.status) \(answer.text)"
                return answer.status == 200
            }
        } catch let error as TestStackError {
            throw TestStackError(error.code, "\(error); /readyz: \(last)\n\(tail())")
        }
    }

    /// Waits for its end and returns the exit code, or minus the signal's number.
    package func waitForEnd(within limit: Duration = .seconds(30)) async throws -> Int32 {
        guard let child else { throw TestStackError(.process, "\(name) has not been started") }
        return try await child.wait(within: limit)
    }

    /// The last lines of its log, under a heading.
    package func tail(_ lines: Int = 30) -> String { child?.tail(lines) ?? "\(name) was not started" }

    /// All it has logged so far, over all its starts.
    package var output: String { child?.output ?? "" }

    /// Asks it to end with SIGTERM and waits for that; SIGKILL after `limit`.
    /// - Returns: the exit code, or minus the signal's number.
    @discardableResult
    package func stop(within limit: Duration = .seconds(20)) async throws -> Int32? {
        let code = try await child?.end(SIGTERM, within: limit)
        child = nil
        return code
    }

    /// Ends it with SIGKILL.
    package func kill() async throws {
        try await child?.end(SIGKILL)
        child = nil
    }

    /// Kills it and starts it again.
    package func killAndRestart(within limit: Duration = .seconds(30)) async throws {
        try await kill()
        try await start(within: limit)
    }

    /// Stops it in its tracks.
    package func suspend() { child?.suspend() }

    /// Lets it go on after ``suspend()``.
    package func resume() { child?.signal(SIGCONT) }
}
