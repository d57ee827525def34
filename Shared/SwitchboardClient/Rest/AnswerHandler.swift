import NIOCore
import NIOHTTP1

/// Collects the answer to one request, up to so many bytes.
final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let limit: Int
    private let done: (HTTPAnswer?) -> Void
    private var answer: HTTPAnswer?
    private var isDone = false

    /// - Parameter done: called once: with the answer, or nil when there was none, or one that is too large.
    init(limit: Int, done: @escaping (HTTPAnswer?) -> Void) {
        self.limit = limit
        self.done = done
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head) where head.status.code >= 200 || head.status.code == 101:
            answer = HTTPAnswer(status: Int(head.status.code), headers: head.headers, body: [])
        case .head: break
        case .body(let part):
            guard let count = answer?.body.count, count + part.readableBytes <= limit else {
                finish(nil)
                return context.close(promise: nil)
            }
            answer?.body.append(contentsOf: part.readableBytesView)
        case .end: if answer != nil { finish(answer) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(nil)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(nil)
        context.fireChannelInactive()
    }

    private func finish(_ answer: HTTPAnswer?) {
        guard !isDone else { return }
        isDone = true
        done(answer)
    }
}

@available(*, unavailable)
extension AnswerHandler: Sendable {}
