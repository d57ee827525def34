import Authentication
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Messaging
import NIOCore
import RedisStreams
import ServiceRuntime

/// `POST /v1/messages`: a message without a WebSocket, such as another server sends.
struct MessageEndpoints {
    /// What is answered: the message is in the log.
    struct Accepted: ResponseEncodable {
        var id: String
        var conversation: String
        var at: Int64
    }

    let publisher: LogPublisher
    let groups: GroupReader
    /// The most bytes of `data`.
    let limit: Int
    let rules: TopicRules

    func add(to router: Router<RESTContext>) {
        router.post("/v1/messages") { request, context in
            let caller = try context.requireCaller()
            let key = try IdempotencyKey.read(request.headers)
            let body = try await request.body.collect(upTo: RESTContext.maximumBodySize)
            let accepted = try await send(MessageRequest(Array(body.readableBytesView), limit: limit), caller, key)
            return EditedResponse(status: .accepted, response: accepted)
        }
    }

    /// Has a message of the caller appended to the log.
    /// - Parameter device: which of the sender's devices does not get it back; empty: all get it.
    func send(
        _ message: MessageRequest, _ caller: Caller, _ key: String?, device: String = ""
    ) async throws -> Accepted {
        let from = message.from ?? caller.user
        if from != caller.user, !caller.has("send:any") {
            throw Problem.forbidden("field 'from' is another user than the token's: that needs the scope send:any")
        }
        let conversation = message.to.conversation(from: from)
        if let topic = Feed(conversation)?.topic { try check(topic, caller) }
        if let id = conversation.groupID {
            guard let standing = try await groups.standing(id, of: [from]), standing.group.exists else {
                throw Problem.notFound("field 'to': there is no group \(id)")
            }
            if standing.members.isEmpty, !caller.has("send:any") {
                throw Problem.forbidden("field 'to': \(from) is no member of the group \(id)")
            }
        }
        let id = try await publisher.append(
            LogEntry(
                kind: .message, conversation: conversation, from: from, device: device, n: 0, data: message.data,
                attachments: message.attachments),
            key.map { .idempotencyKey($0) } ?? .none)
        return Accepted(
            id: id.description, conversation: conversation.description, at: Int64(clamping: id.milliseconds))
    }

    /// Whether the caller may say something in a topic, in whoever's name.
    private func check(_ topic: String, _ caller: Caller) throws(Problem) {
        let grants = TopicGrants(publish: caller.publishes, subscribe: caller.subscribes) ?? .none
        guard !rules.allow(.publish, topic: topic, scopes: caller.scopes, grants: grants) else { return }
        throw .forbidden(
            topic == TopicRules.all
                ? "field 'to' is 'all': that needs the scope \(TopicRules.broadcast)"
                : "field 'to': this caller may not publish to the topic \(topic)")
    }
}
