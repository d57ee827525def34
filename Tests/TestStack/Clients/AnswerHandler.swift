import NIOCore
import NIOHTTP1

/// Collects the answer to one HTTP request.
final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let promise: EventLoopPromise<HTTPClient.Answer>
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    init(_ promise: EventLoopPromise<HTTPClient.Answer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let part): body.append(contentsOf: part.readableBytesView)
        case .end: finish()
        }
    }

    private func finish() {
        guard let head else { return }
        var headers: [String: String] = [:]
        for (name, value) in head.headers { headers[name.lowercased()] = value }
        promise.succeed(.init(status: Int(head.status.code), headers: headers, body: body))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(TestStackError(.connection, "the connection failed: \(error)"))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(TestStackError(.connection, "the connection was closed before the answer was complete"))
    }
}

@available(*, unavailable)
extension AnswerHandler: Sendable {}
