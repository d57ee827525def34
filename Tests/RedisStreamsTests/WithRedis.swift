import Foundation
import Glibc
import Logging
import Messaging
import ServiceLifecycle
import Synchronization

@testable import RedisStreams

/// A real Redis on a free port with its data in a folder of its own.
final class TestRedis: Sendable {
    let port: Int
    private let folder: String
    private let process = Mutex<Process?>(nil)

    init() throws {
        let port = try Self.freePort()
        self.port = port
        folder = NSTemporaryDirectory() + "switchboard-redis-\(port)-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try start()
    }

    /// Starts it, with the data it had.
    func start() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes",
            "--maxmemory-policy", "noeviction", "--save", "", "--logfile", "redis.log",
        ]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        self.process.withLock { $0 = process }
    }

    /// Ends it at once, as a crash would.
    func kill() {
        process.withLock { process in
            guard let process else { return }
            Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    var configuration: RedisConfiguration {
        get throws { try RedisConfiguration(url: "redis://127.0.0.1:\(port)") }
    }

    func end() {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        guard bound else { throw RedisError(.configuration, "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` against a Redis of its own, with a connection to it.
func withRedis(_ body: @Sendable (RedisConnection) async throws -> Void) async throws {
    try await withRedisServer { redis, _ in try await body(redis) }
}

/// The same, for what needs more than one connection.
func withRedisServer(_ body: @Sendable (RedisConnection, TestRedis) async throws -> Void) async throws {
    let server = try TestRedis()
    defer { server.end() }
    try await Installation.check(server.configuration, keys: .init(), partitions: 16, logger: quiet)
    let redis = RedisConnection(try server.configuration, name: "test", logger: quiet)
    try await withRunning(redis) { try await body(redis, server) }
}

/// Runs a service, and ends it after `body`.
func withRunning(_ service: some Service, _ body: @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup { group in
        group.addTask { try await service.run() }
        try await body()
        group.cancelAll()
    }
}

/// Waits until `condition` holds, for 20 s at most.
func eventually(_ condition: () async throws -> Bool, line: Int = #line) async throws {
    let end = ContinuousClock.now + .seconds(20)
    while try await !condition() {
        guard ContinuousClock.now < end else {
            throw RedisError(.timedOut, "the condition of line \(line) did not come true")
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}
