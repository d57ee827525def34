import HTTPTypes
import Hummingbird
import HummingbirdCore
import Messaging
import NIOCore
import ServiceRuntime

/// `POST /wsTemplate/sendToUser`: how pages that were made for a Spring server have it send a message to a user (docs/protocol.md). The message is one like any
/// other: in the log, and in the inboxes of both.
struct SpringEndpoints {
    /// Such pages show by themselves what they send, or not at all, and a Spring server sends it to the receiver alone. So the message counts as sent by the device that
    /// STOMP clients are who name none (docs/stomp.md), as if the page had said it over its connection.
    private static let device = "stomp"

    let messages: MessageEndpoints
    let template: SpringMessage

    func add(to router: Router<RESTContext>) {
        router.post("/wsTemplate/sendToUser") { request, context in
            let caller = try context.requireCaller()
            let body = try await request.body.collect(upTo: RESTContext.maximumBodySize)
            let form = try FormParameters(
                Array(body.readableBytesView), contentType: request.headers[.contentType], query: request.uri.query)
            guard let receiver = form["receiver"], Identifier.isValid(receiver) else {
                throw Problem.badRequest("parameter 'receiver' must be the user it is for: \(Identifier.rule)")
            }
            guard let text = form["msg"] else {
                throw Problem.badRequest("parameter 'msg' is missing: give the text of the message")
            }
            let message = try MessageRequest(
                to: .user(receiver), data: template.data(from: caller.user, receiver: receiver, text: text),
                limit: messages.limit, of: "parameter 'msg'")
            // Who writes to themselves is a receiver, too.
            _ = try await messages.send(message, caller, nil, device: receiver == caller.user ? "" : Self.device)
            return Response(
                status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(string: "ok")))
        }
    }
}
