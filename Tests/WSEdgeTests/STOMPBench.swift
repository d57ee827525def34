import Messaging
import STOMP
import Testing

@testable import WSEdge

/// A STOMP client at a ``Bench``.
final class STOMPBenchClient {
    let socket: BenchClient
    private let version: STOMPVersion
    private var parser = STOMPFrameParser()

    init(_ socket: BenchClient, _ version: STOMPVersion) {
        self.socket = socket
        self.version = version
    }

    func send(_ command: STOMPCommand, _ headers: STOMPHeaders = [:], _ body: String = "") throws {
        try send(
            String(decoding: STOMPFrame(command, headers, body: Array(body.utf8)).encoded(for: version), as: UTF8.self))
    }

    func send(_ text: String) throws { try socket.send(text) }

    /// The frames that have come and were not taken before.
    func frames() throws -> [STOMPFrame] {
        for text in socket.texts() { parser.append(Array(text.utf8).span) }
        var frames: [STOMPFrame] = []
        while let frame = try parser.next(version: version) { frames.append(frame) }
        return frames
    }

    /// The receipts that have come, and nothing else may have.
    func receipts() throws -> [String] {
        try frames().map { frame in
            #expect(frame.command == .receipt)
            return frame.headers["receipt-id"] ?? ""
        }
    }

    /// The only frame that has come.
    func frame() throws -> STOMPFrame {
        let frames = try frames()
        try #require(frames.count == 1, "\(frames)")
        return frames[0]
    }
}

extension Bench {
    /// A connection that speaks STOMP and has sent nothing.
    func unconnected(
        _ query: String = "", _ version: STOMPVersion = .v12, _ headers: [String: String] = [:]
    ) throws -> STOMPBenchClient { STOMPBenchClient(try connect("/stomp\(query)", headers), version) }

    /// A session of `token`'s user, CONNECTED.
    func stomp(
        _ token: String, _ version: STOMPVersion = .v12, _ more: STOMPHeaders = [:]
    ) throws -> STOMPBenchClient {
        let client = try unconnected("", version)
        var headers: STOMPHeaders = ["accept-version": version.rawValue, "passcode": token]
        for entry in more.entries { headers.append(entry.name, entry.value) }
        try client.send(.connect, headers)
        #expect(try client.frame().command == .connected)
        return client
    }
}

extension STOMPFrame {
    var text: String { String(decoding: body, as: UTF8.self) }
}
