import NIOCore
import NIOPosix

/// One HTTP exchange on a connection of its own, with the bytes as they go over it.
struct HTTPExchange {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: String

    struct Unreadable: Error {
        let text: String
    }

    /// Sends a request and reads until the server closes.
    static func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil, port: Int
    ) async throws -> HTTPExchange {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body, headers["Transfer-Encoding"] == nil { text += "Content-Length: \(body.utf8.count)\r\n" }
        return try parse(try await exchange(text + "\r\n" + (body ?? ""), port: port))
    }

    /// Opens a connection, sends `text`, and reads until the server closes.
    static func exchange(_ text: String, port: Int) async throws -> String {
        let channel = try await connect(port: port)
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var received = ByteBuffer()
            for try await part in inbound { received.writeImmutableBuffer(part) }
            return String(buffer: received)
        }
    }

    static func connect(port: Int) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
            }
    }

    static func parse(_ text: String) throws -> HTTPExchange {
        guard let end = text.firstRange(of: "\r\n\r\n") else { throw Unreadable(text: text) }
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        guard let first = lines.first?.split(separator: " "), first.count >= 2, let status = Int(first[1]) else {
            throw Unreadable(text: text)
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return HTTPExchange(status: status, headers: headers, body: String(text[end.upperBound...]))
    }
}
