import NIOCore
import NIOHTTP1

/// Asks a server by HTTP/1.1: a connection for each request, everything in memory up to a limit, every wait bounded.
struct HTTPRequester: Sendable {
    /// The largest answer: a page of 200 messages of the usual 64 KiB, and some.
    static let largestAnswer = 32 << 20
    /// How long an answer may take, the connection included.
    static let limit = TimeAmount.seconds(15)

    let address: ServerAddress
    let transport: Transport
    let loop: any EventLoop

    /// - Parameters:
    ///   - target: the path with the query, percent-encoded.
    ///   - json: the body, if there is one.
    /// - Throws: ``ClientError`` `unreachable`.
    func ask(
        _ method: String, _ target: String, token: String, json: [UInt8]?
    ) async throws(ClientError) -> HTTPAnswer {
        var headers = HTTPHeaders([
            ("Host", address.authority), ("Authorization", "Bearer \(token)"), ("Accept", "application/json"),
            ("Connection", "close"),
        ])
        if let json {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: "\(json.count)")
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: target, headers: headers)
        let promise = loop.makePromise(of: HTTPAnswer?.self)
        let timeout = loop.scheduleTask(in: Self.limit) { promise.succeed(nil) }
        let connected = transport.connect(to: address, on: loop) { channel in
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(
                AnswerHandler(limit: Self.largestAnswer) { promise.succeed($0) })
        }
        connected.whenSuccess { channel in
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            if let json {
                channel.write(
                    HTTPClientRequestPart.body(.byteBuffer(channel.allocator.buffer(bytes: json))), promise: nil)
            }
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        connected.whenFailure { _ in promise.succeed(nil) }
        let answer = try? await promise.futureResult.get()
        timeout.cancel()
        guard let answer else {
            throw ClientError(
                .unreachable,
                "\(method) \(target.prefix { $0 != "?" }) at \(address.authority) got no answer within 15 s, or one that is too large: try again, with a lower limit"
            )
        }
        return answer
    }
}
