import Authentication
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Messaging
import NIOCore
import RedisStreams
import ServiceRuntime

/// Editing and deleting messages. What is asked for is checked, appended to the log, and answered with 202: it is done when the log comes to it, and then told to all
/// whom it concerns.
extension HistoryRoutes {
    @Sendable func edit(_ request: Request, _ context: RESTContext) async throws -> Response {
        let caller = try context.requireCaller()
        let conversation = try HistoryQuery.conversation(context)
        let id = try HistoryQuery.messageID(context)
        let body = try await request.body.collect(upTo: RESTContext.maximumBodySize)
        let edit = try EditRequest(Array(body.readableBytesView), limit: messageLimit)
        return try await change(id, of: conversation, caller, request.headers, data: edit.data)
    }

    @Sendable func delete(_ request: Request, _ context: RESTContext) async throws -> Response {
        let caller = try context.requireCaller()
        let conversation = try HistoryQuery.conversation(context)
        let id = try HistoryQuery.messageID(context)
        return try await change(id, of: conversation, caller, request.headers, data: nil)
    }

    /// Asks for a change. Without data it is a deletion.
    private func change(
        _ id: StoredID, of conversation: Conversation, _ caller: Caller, _ headers: HTTPFields, data: [UInt8]?
    ) async throws -> Response {
        let key = try IdempotencyKey.read(headers)
        let isAdmin = caller.has("admin")
        // Who has just sent a message may change it at once.
        if try await reader.places.awaitStored(id, in: partition(of: conversation)) == false {
            throw Problem.busy(
                "id: what was accepted up to this message is not stored yet: ask again", retryAfter: 1)
        }
        let message = try await changeable(id, of: conversation, caller, isAdmin: isAdmin)
        let verdict = changes.verdict(
            on: message, by: caller.user, isAdmin: isAdmin, isDeletion: data == nil, now: WallClock.milliseconds)
        if let problem = verdict.problem(isDeletion: data == nil) { throw problem }
        let change = try await publisher.append(
            LogEntry(
                kind: data == nil ? .delete : .edit, conversation: conversation, from: caller.user, device: "", n: 0,
                data: data ?? [], change: LogEntry.Change(message: id.id, isAdmin: isAdmin)),
            key.map { .idempotencyKey($0) } ?? .none)
        var json = JSONText()
        json.raw(#"{"id":"#)
        json.id(id)
        json.raw(#","conversation":"#)
        json.identifier(conversation.description)
        json.raw(#","change":"#)
        json.identifier(change.description)
        json.raw("}")
        return Response(
            status: .accepted, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }

    /// The message, for who may change messages of that conversation at all.
    private func changeable(
        _ id: StoredID, of conversation: Conversation, _ caller: Caller, isAdmin: Bool
    ) async throws -> MessageRow {
        let (key, intervals) = try await writable(conversation, caller, isAdmin: isAdmin)
        guard let message = try await reader.message(id, of: key, within: intervals) else {
            throw Problem.notFound("id: there is no such message in this conversation, or it is not for this user")
        }
        return message
    }

    /// The conversation's key, and where in it a caller may change messages.
    private func writable(
        _ conversation: Conversation, _ caller: Caller, isAdmin: Bool
    ) async throws -> (Int64, [Interval]) {
        if isAdmin { return try await everything(of: conversation) }
        if case .topic(let topic) = conversation.kind {
            let grants = TopicGrants(publish: caller.publishes, subscribe: caller.subscribes) ?? .none
            guard rules.allow(.publish, topic: topic, scopes: caller.scopes, grants: grants) else {
                throw Problem.forbidden("conversation: this user may not publish to the topic \(topic)")
            }
        }
        return try await granted(conversation, caller, toMembers: "changes messages of")
    }
}
