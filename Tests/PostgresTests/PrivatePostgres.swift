import Foundation

/// A Postgres of a test's own, on a free port, with its data in a folder that goes with it.
final class PrivatePostgres: Sendable {
    static let shared = Task { try PrivatePostgres() }

    let port: Int
    private let folder: String
    private let process: Locked<Process?>

    init() throws {
        port = Self.freePort()
        folder = "\(NSTemporaryDirectory())/switchboard-postgres-\(getpid())-\(port)"
        process = Locked(nil)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if getuid() == 0 { try Self.run("/bin/chown", ["postgres", folder]) }
        try Self.run(
            "initdb",
            ["-D", "\(folder)/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"])
        try start()
    }

    deinit {
        process.value?.terminate()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func start() throws {
        let (path, arguments) = Self.unprivileged(
            "postgres",
            [
                "-D", "\(folder)/data", "-p", "\(port)", "-c", "listen_addresses=127.0.0.1",
                "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=60",
            ])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process.value = process
        while (try? Self.run("pg_isready", ["-h", "127.0.0.1", "-p", "\(port)", "-q"])) == nil { usleep(20_000) }
    }

    /// SIGKILL to the postmaster; its children notice and end.
    func kill() {
        guard let process = process.value else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process.value = nil
    }

    func url(_ database: String = "postgres") -> String { "postgres://postgres@127.0.0.1:\(port)/\(database)" }

    /// A fresh database.
    func database() throws -> String {
        let name = "test_\(UUID().uuidString.prefix(8).lowercased())"
        try psql("create database \(name)")
        return url(name)
    }

    func psql(_ sql: String) throws { try Self.run("psql", ["-X", "-q", "-d", url(), "-c", sql]) }

    private static let binaries = "/usr/lib/postgresql/15/bin"

    private static func unprivileged(_ command: String, _ arguments: [String]) -> (String, [String]) {
        let path = command.hasPrefix("/") ? command : "\(binaries)/\(command)"
        guard getuid() == 0, !command.hasPrefix("/") else { return (path, arguments) }
        return ("/usr/bin/setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", path] + arguments)
    }

    @discardableResult
    private static func run(_ command: String, _ arguments: [String]) throws -> Int32 {
        let process = Process()
        let (path, arguments) = unprivileged(command, arguments)
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return 0
    }

    private static func freePort() -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = unsafe bind(descriptor, pointer, length)
                _ = unsafe getsockname(descriptor, pointer, &length)
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// A value behind a lock.
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var stored: Value
    init(_ value: Value) { stored = value }
    var value: Value {
        get { lock.withLock { stored } }
        set { lock.withLock { stored = newValue } }
    }
}
