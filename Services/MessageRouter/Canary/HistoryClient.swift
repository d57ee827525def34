import FoundationEssentials
import Messaging
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a history which canaries it has stored: one small request on a connection of its own, every few seconds.
struct HistoryClient: Sendable {
    let address: HistoryAddress
    /// How long it may take, all in all.
    var timeout = TimeAmount.seconds(1)

    /// Why there is no answer that can be used.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The body of `GET /canary`.
    private struct Answer: Decodable {
        struct Canary: Decodable {
            var partition: Int
            var id: String
        }

        var canaries: [Canary]
    }

    /// The id of the newest canary of each partition that has one.
    func canaries() async throws(Failure) -> [Int: MessageID] {
        let (status, body) = try await get("\(address.path)/canary")
        guard status == 200 else { throw Failure(description: "answers \(status)") }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(body)) else {
            throw Failure(description: "gives an answer that is none: is HISTORY_URL right?")
        }
        var ids: [Int: MessageID] = [:]
        for canary in answer.canaries { ids[canary.partition] = MessageID(canary.id) }
        return ids
    }

    private func get(_ path: String) async throws(Failure) -> (status: Int, body: [UInt8]) {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = eventLoop.makePromise(of: (status: Int, body: [UInt8]).self)
        let limit = eventLoop.scheduleTask(in: timeout) {
            answer.fail(Failure(description: "does not answer"))
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: path,
            headers: ["Host": "\(address.host):\(address.port)", "Connection": "close"])
        let connected = ClientBootstrap(group: eventLoop).connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(Collector(answer))
                }
            }
            .connect(host: address.host, port: address.port)
        connected.whenFailure { _ in answer.fail(Failure(description: "cannot be reached")) }
        connected.whenSuccess { channel in
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            // Whatever came of it: also when the answer comes too late.
            answer.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        defer { limit.cancel() }
        do {
            return try await answer.futureResult.get()
        } catch {
            throw error as? Failure ?? Failure(description: "does not answer")
        }
    }

    /// Takes in the answer.
    fileprivate final class Collector: ChannelInboundHandler {
        typealias InboundIn = HTTPClientResponsePart

        /// More than an answer for the most partitions there can be.
        private static let most = 1 << 20

        private let answer: EventLoopPromise<(status: Int, body: [UInt8])>
        private var status = 0
        private var body: [UInt8] = []

        init(_ answer: EventLoopPromise<(status: Int, body: [UInt8])>) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): status = Int(head.status.code)
            case .body(let part):
                guard body.count + part.readableBytes <= Self.most else {
                    return answer.fail(Failure(description: "gives an answer that is too long"))
                }
                body += part.readableBytesView
            case .end: answer.succeed((status, body))
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            answer.fail(Failure(description: "does not answer in HTTP"))
        }

        func channelInactive(context: ChannelHandlerContext) {
            answer.fail(Failure(description: "closes the connection without an answer"))
        }
    }
}

@available(*, unavailable)
extension HistoryClient.Collector: Sendable {}
