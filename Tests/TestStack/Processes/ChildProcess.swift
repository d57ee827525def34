import Foundation
import NIOPosix
import Synchronization

/// A program run as a child, its output in a file. It never outlives the process that started it.
///
/// `setpriv --pdeathsig` has the kernel end it when this process ends, however that happens. The kernel watches the thread that
/// started the child, so children are started on NIO's thread pool, whose threads live as long as the process.
package final class ChildProcess: Sendable {
    /// What to run, and how.
    package struct Launch: Sendable {
        package var program: String
        package var arguments: [String]
        /// The whole environment; PATH, HOME and LANG are added.
        package var environment: [String: String] = [:]
        package var folder: String?
        /// The system user to run as, when this process runs as root.
        package var user: String?
        /// The signal the child gets when this process dies, a name without SIG.
        package var deathSignal = "KILL"

        /// A launch of `program` with `arguments`.
        package init(_ program: String, _ arguments: [String] = []) {
            self.program = program
            self.arguments = arguments
        }
    }

    package let name: String
    package let pid: Int32
    /// The file that gets its output.
    package let log: String
    private let process: Process
    private let ended: EndedStatus

    private init(name: String, log: String, process: Process, ended: EndedStatus) {
        self.name = name
        self.log = log
        self.process = process
        self.pid = process.processIdentifier
        self.ended = ended
    }

    private final class EndedStatus: Sendable {
        let code = Mutex<Int32?>(nil)
    }

    /// Starts a program; its output is appended to the file `log`.
    package static func start(_ name: String, _ launch: Launch, log: String) async throws -> ChildProcess {
        let setpriv = try Programs.installed("setpriv", package: "util-linux")
        var arguments: [String] = []
        if let user = launch.user, getuid() == 0 {
            arguments += ["--reuid=\(user)", "--regid=\(user)", "--init-groups"]
        }
        arguments += ["--pdeathsig", launch.deathSignal, "--", launch.program] + launch.arguments
        let (command, inherited) = (arguments, ProcessInfo.processInfo.environment)
        return try await NIOThreadPool.singleton.runIfActive {
            if !FileManager.default.fileExists(atPath: log) {
                guard FileManager.default.createFile(atPath: log, contents: nil) else {
                    throw TestStackError(.process, "the log file \(log) cannot be made")
                }
            }
            let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
            defer { try? output.close() }
            try output.seekToEnd()
            let process = Process()
            process.executableURL = URL(fileURLWithPath: setpriv)
            process.arguments = command
            process.environment = ["PATH", "HOME", "LANG"].reduce(into: launch.environment) { environment, name in
                environment[name] = environment[name] ?? inherited[name]
            }
            if let folder = launch.folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = output
            let ended = EndedStatus()
            process.terminationHandler = { process in
                let status = process.terminationStatus
                ended.code.withLock { $0 = process.terminationReason == .uncaughtSignal ? -status : status }
            }
            try withoutBlockedSignals { try process.run() }
            return ChildProcess(name: name, log: log, process: process, ended: ended)
        }
    }

    /// Does `body` with no signal blocked: a child inherits what its parent's thread blocks, and the pool's threads block everything, SIGTERM too.
    private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    deinit { if exitCode == nil { kill(pid, SIGKILL) } }

    /// The exit code, or minus the number of the signal that ended it; nil while it runs.
    package var exitCode: Int32? { ended.code.withLock { $0 } }

    /// Sends a signal, unless it has ended.
    package func signal(_ signal: Int32) {
        if exitCode == nil { kill(pid, signal) }
    }

    /// Stops it in its tracks with SIGSTOP: when this returns none of its threads runs, as long as it takes no more than 10 s. Each takes the signal when it runs next.
    package func suspend() {
        signal(SIGSTOP)
        let limit = ContinuousClock.now + .seconds(10)
        while exitCode == nil, !isSuspended, ContinuousClock.now < limit { usleep(1000) }
    }

    private var isSuspended: Bool {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return threads.allSatisfy { thread in
            // One that is gone meanwhile does not run either.
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/stat", encoding: .utf8),
                let end = text.lastIndex(of: ")")
            else { return true }
            return text[end...].dropFirst(2).first == "T"
        }
    }

    /// Waits for its end.
    /// - Returns: the exit code, or minus the number of the signal that ended it.
    /// - Throws: ``TestStackError`` `timedOut`, with the end of its output.
    @discardableResult
    package func wait(within limit: Duration) async throws -> Int32 {
        do {
            return try await eventually("the end of \(name)", within: limit) { exitCode }
        } catch let error as TestStackError {
            throw TestStackError(error.code, "\(error)\n\(tail())")
        }
    }

    /// Ends it with `signal`, and with SIGKILL when that has not helped within `limit`.
    /// - Returns: the exit code, or minus the number of the signal that ended it.
    @discardableResult
    package func end(_ signal: Int32 = SIGTERM, within limit: Duration = .seconds(10)) async throws -> Int32 {
        self.signal(signal)
        if let code = try? await wait(within: limit) { return code }
        self.signal(SIGKILL)
        return try await wait(within: .seconds(10))
    }

    /// Everything it has written so far.
    package var output: String {
        (try? Data(contentsOf: URL(fileURLWithPath: log))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The last lines it wrote, under a heading.
    package func tail(_ count: Int = 30) -> String {
        let lines = output.split(separator: "\n").suffix(count).joined(separator: "\n")
        return "--- the last lines of \(name) (\(log)):\n\(lines)"
    }

    /// Runs a program to its end.
    /// - Returns: its exit code and all of its output.
    package static func run(
        _ name: String, _ launch: Launch, within limit: Duration
    ) async throws -> (code: Int32, output: String) {
        let log = try TemporaryFolders.make(name) + "/output.log"
        let child = try await start(name, launch, log: log)
        do {
            return (try await child.wait(within: limit), child.output)
        } catch {
            // What is in a call to a busy disk is not ended by this either: what is told is that it took too long.
            _ = try? await child.end(SIGKILL)
            throw error
        }
    }
}
