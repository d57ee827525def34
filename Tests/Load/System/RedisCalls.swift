import Foundation
import TestStack

/// What Redis is asked for each message: calls of clients, and the commands that scripts run besides.
///
/// Redis counts commands, those within scripts included. How many of them came from clients is seen by MONITOR, for a moment while it is not measured.
struct RedisCalls: Sendable {
    /// How long is looked on: some ten thousand commands at most.
    private static let glance = 0.2
    /// Less than this says nothing about the share.
    private static let least = 100

    let redis: RedisServer

    /// Commands executed so far, those of scripts included.
    func commands() async throws -> Double {
        Self.total(in: try await redis.cli("INFO", "stats"))
    }

    /// The share of commands that come from clients; nil when too few came.
    func share() async throws -> Double? {
        let port = UInt16(redis.port)
        return Self.share(in: try await onThread { try Self.monitor(port) })
    }

    /// What MONITOR says for a moment.
    private static func monitor(_ port: UInt16) throws -> String {
        let socket = try LoadSocket.connect(port: port)
        defer { close(socket) }
        let end = LoadLoop.now + UInt64(glance * 1e9)
        var (isAsked, text) = (false, [UInt8]())
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while LoadLoop.now < end {
            if !isAsked {
                isAsked = unsafe send(socket, "MONITOR\r\n", 9, Int32(MSG_NOSIGNAL)) == 9
            }
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
            if count > 0 {
                text += buffer[..<count]
            } else {
                // Nothing yet: the socket does not wait.
                Thread.sleep(forTimeInterval: 0.002)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Puts what it was into the figures of a step.
    static func add(calls: Double, commands: Double, to step: inout LoadReport.Step) {
        step.figures += [
            .init(name: "Redis calls", value: calls, unit: "a message"),
            .init(name: "Redis commands, those of scripts included", value: commands, unit: "a message"),
        ]
    }

    // MARK: Reading

    static func total(in info: String) -> Double {
        for line in info.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":")
            if parts.count == 2, parts[0] == "total_commands_processed" { return Double(parts[1]) ?? 0 }
        }
        return 0
    }

    /// Of lines such as `1763740000.1 [0 127.0.0.1:40000] "XADD" …`, and `[0 lua]` for what a script runs.
    static func share(in monitor: String) -> Double? {
        var (clients, scripts) = (0, 0)
        for line in monitor.utf8.split(separator: UInt8(ascii: "\n")) {
            guard let open = line.firstIndex(of: UInt8(ascii: "[")),
                let close = line[open...].firstIndex(of: UInt8(ascii: "]"))
            else { continue }
            if line[..<close].suffix(4).elementsEqual(" lua".utf8) { scripts += 1 } else { clients += 1 }
        }
        guard clients + scripts >= least else { return nil }
        return Double(clients) / Double(clients + scripts)
    }
}
