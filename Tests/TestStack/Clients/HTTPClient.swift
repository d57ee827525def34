import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// A small HTTP/1.1 client for tests: one connection a request, everything in memory, every wait limited.
package enum HTTPClient {
    /// What came back.
    package struct Answer: Sendable {
        package let status: Int
        package let headers: [String: String]
        package let body: [UInt8]

        /// The body as text.
        package var text: String { String(decoding: body, as: UTF8.self) }

        /// A header's value; `name` in any case.
        package func header(_ name: String) -> String? { headers[name.lowercased()] }

        /// The body read as JSON.
        package func json<Value: Decodable>(_ type: Value.Type = JSONValue.self) throws -> Value {
            try JSONDecoder().decode(type, from: Data(body))
        }
    }

    /// Sends a request and collects the answer.
    /// - Parameters:
    ///   - method: GET, POST and so on.
    ///   - url: `http://host:port/path?query`.
    ///   - token: goes into `Authorization: Bearer`.
    ///   - body: goes out as `application/json` unless `headers` say otherwise.
    /// - Throws: ``TestStackError`` `timedOut` or `connection`.
    package static func request(
        _ method: String, _ url: String, token: String? = nil, headers: [String: String] = [:], body: String? = nil,
        within limit: Duration = .seconds(10)
    ) async throws -> Answer {
        guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port else {
            throw TestStackError(.connection, "\(url) is not of the form http://host:port/path")
        }
        var fields = HTTPHeaders([("Host", "\(host):\(port)"), ("Connection", "close")])
        if let token { fields.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            fields.add(name: "Content-Length", value: "\(body.utf8.count)")
            if headers["Content-Type"] == nil { fields.add(name: "Content-Type", value: "application/json") }
        }
        for (name, value) in headers { fields.replaceOrAdd(name: name, value: value) }
        let target = url[(url.firstRange(of: "://")?.upperBound ?? url.startIndex)...]
        let path = target.firstIndex(of: "/").map { String(target[$0...]) } ?? "/"
        let head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: path, headers: fields)
        let group = MultiThreadedEventLoopGroup.singleton
        let answer = group.next().makePromise(of: Answer.self)
        let timeout = group.next().scheduleTask(in: .init(limit)) {
            answer.fail(TestStackError(.timedOut, "\(method) \(url): no answer within \(limit)"))
        }
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: group).connectTimeout(.init(limit))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(AnswerHandler(answer))
                    }
                }
                .connect(host: host, port: port).get()
        } catch {
            answer.fail(TestStackError(.connection, "\(method) \(url): \(error)"))
            return try await answer.futureResult.get()
        }
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if let body {
            channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil)
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        defer {
            timeout.cancel()
            channel.close(promise: nil)
        }
        return try await answer.futureResult.get()
    }

    /// A GET.
    package static func get(
        _ url: String, token: String? = nil, headers: [String: String] = [:], within limit: Duration = .seconds(10)
    ) async throws -> Answer {
        try await request("GET", url, token: token, headers: headers, within: limit)
    }
}
