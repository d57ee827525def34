import Authentication
import HTTPTypes
import Hummingbird
import Messaging
import NIOCore
import Postgres
import RedisStreams
import ServiceRuntime

/// The REST API of history (docs/openapi.yaml).
struct HistoryRoutes: Sendable {
    var reader: HistoryReader
    /// Of the log.
    let partitions: Int
    let rules: TopicRules
    /// Who may change messages.
    let changes: ChangeRules
    let publisher: LogPublisher
    /// The most bytes of a message's data.
    let messageLimit: Int
    /// nil: there is no search.
    let search: HistorySearch?
    /// Requests a second of one user; 0 for no limit.
    let rate: Int
    /// So that who searches for what takes long does not keep all others from searching.
    let searches = UserPlaces(2, "searches")

    /// The most receipts of one answer: for each, Redis is asked what the user's devices have.
    private static let receiptLimits = 1...200
    /// The highest unread count that is told exactly.
    private static let unreadCap = 999

    func add(to router: Router<RESTContext>) {
        router.get("/openapi.yaml") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/yaml"],
                body: .init(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
        if rate > 0 { router.add(middleware: RateLimitMiddleware(rate: rate, costs: Self.costs)) }
        router.get("/v1/conversations", use: placed { try await $0.conversations($1, $2) })
        router.get("/v1/conversations/:conversation/messages", use: placed { try await $0.messages($1, $2) })
        router.get("/v1/conversations/:conversation/messages/:id", use: placed { try await $0.message($1, $2) })
        router.patch("/v1/conversations/:conversation/messages/:id", use: edit)
        router.delete("/v1/conversations/:conversation/messages/:id", use: delete)
        router.get("/v1/conversations/:conversation/receipts", use: placed { try await $0.receipts($1, $2) })
        router.get("/v1/sync", use: sync)
        router.get("/v1/search", use: found)
        router.get("/canary", use: canaries)
    }

    /// For how many requests one counts: a search keeps the database busy for longer than a look-up, receipts look into many inboxes, and the list
    /// counts up to 2,000 messages in each conversation.
    private static let costs = [
        "GET /v1/search": 10, "GET /v1/conversations/{conversation}/receipts": 10, "GET /v1/conversations": 10,
    ]

    /// What to answer when a store cannot be reached; nil is 500.
    static func problem(_ error: any Error) -> Problem? {
        switch error {
        case let error as PostgresError where error.kind == .transient || error.code == .closed:
            .busy("the database cannot be reached or is overloaded: ask again", retryAfter: 2)
        case is RedisError: .busy("Redis cannot be reached: ask again", retryAfter: 2)
        default: nil
        }
    }

    // MARK: Requests

    @Sendable private func conversations(_ request: Request, _ context: RESTContext) async throws -> Response {
        let user = try context.requireCaller().user
        let limit = try HistoryQuery.limit(request)
        let after = try HistoryQuery.id("after", request) ?? .last
        let page = try await reader.conversations(of: user, before: after, limit: limit)
        var json = JSONText()
        json.raw(#"{"conversations":"#)
        json.list(page.items) { json, item in
            json.raw(#"{"conversation":"#)
            json.identifier(item.conversation)
            json.raw(#","last":"#)
            if let last = item.last { json.message(last, in: item.conversation) } else { json.raw("null") }
            json.raw(#","read":"#)
            json.id(item.read)
            json.raw(#","unread":"#)
            json.number(min(item.unread, Self.unreadCap))
            json.raw(item.isCutShort || item.unread > Self.unreadCap ? #","more":true}"# : #","more":false}"#)
        }
        return HistoryAnswer.list(json, next: page.next, to: request)
    }

    @Sendable private func messages(_ request: Request, _ context: RESTContext) async throws -> Response {
        let caller = try context.requireCaller()
        let conversation = try HistoryQuery.conversation(context)
        let limit = try HistoryQuery.limit(request)
        let before = try HistoryQuery.id("before", request)
        let after = try HistoryQuery.id("after", request)
        let around = try HistoryQuery.id("around", request)
        guard [before, after, around].count(where: { $0 != nil }) < 2 else {
            throw Problem.badRequest("before: give one of before, after and around, not several")
        }
        let (key, intervals) = try await granted(conversation, caller)
        var json = JSONText()
        let name = conversation.description
        json.raw(#"{"messages":"#)
        if let around {
            let (previous, page) = try await reader.messages(of: key, within: intervals, around: around, limit: limit)
            json.list(page.items) { $0.message($1, in: name) }
            json.raw(#","previous":"#)
            json.id(previous)
            return HistoryAnswer.list(json, next: page.next, isLasting: true, to: request)
        }
        let page = try await reader.messages(
            of: key, within: intervals, after.map { .after($0) } ?? .before(before ?? .last), limit: limit)
        json.list(page.items) { $0.message($1, in: name) }
        return HistoryAnswer.list(json, next: page.next, isLasting: true, to: request)
    }

    @Sendable private func message(_ request: Request, _ context: RESTContext) async throws -> Response {
        let caller = try context.requireCaller()
        let conversation = try HistoryQuery.conversation(context)
        let id = try HistoryQuery.messageID(context)
        let (key, intervals) = try await granted(conversation, caller)
        guard let message = try await reader.message(id, of: key, within: intervals) else {
            throw Problem.notFound("id: there is no such message in this conversation, or it is not for this user")
        }
        var json = JSONText()
        json.message(message, in: conversation.description)
        return HistoryAnswer.json(json, isLasting: true, to: request)
    }

    @Sendable private func receipts(_ request: Request, _ context: RESTContext) async throws -> Response {
        let caller = try context.requireCaller()
        let conversation = try HistoryQuery.conversation(context)
        let limit = try HistoryQuery.limit(request, default: 50, in: Self.receiptLimits)
        let after = try HistoryQuery.user("after", request) ?? ""
        let (key, _) = try await granted(conversation, caller, toMembers: "sees who has read")
        let (receipts, isMore) = try await reader.receipts(of: key, conversation, after: after, limit: limit)
        var json = JSONText()
        json.raw(#"{"receipts":"#)
        json.list(receipts) { json, receipt in
            json.raw(#"{"user":"#)
            json.identifier(receipt.user)
            json.raw(#","id":"#)
            json.id(receipt.read)
            json.raw(#","at":"#)
            if let at = receipt.at { json.number(at) } else { json.raw("null") }
            json.raw(#","received":"#)
            json.id(receipt.received)
            json.raw("}")
        }
        json.raw(#","next":"#)
        if isMore, let last = receipts.last { json.identifier(last.user) } else { json.raw("null") }
        json.raw("}")
        return HistoryAnswer.json(json, to: request)
    }

    @Sendable private func sync(_ request: Request, _ context: RESTContext) async throws -> Response {
        let user = try context.requireCaller().user
        let limit = try HistoryQuery.limit(request)
        let after = try HistoryQuery.id("after", request) ?? .zero
        let page = try await reader.sync(user: user, after: after, limit: limit)
        var json = JSONText()
        json.raw(#"{"messages":"#)
        json.list(page.items) { $0.message($1.message, in: $1.conversation) }
        return HistoryAnswer.list(json, next: page.next, to: request)
    }

    /// For message-router and for people, on this port alone: the gateway does not pass it on.
    @Sendable private func canaries(_ request: Request, _ context: RESTContext) async throws -> Response {
        let canaries = try await reader.canaries()
        var json = JSONText()
        json.raw(#"{"canaries":"#)
        json.list(canaries) { json, canary in
            json.raw(#"{"partition":"#)
            json.number(Int64(canary.partition))
            json.raw(#","id":"#)
            json.id(canary.id)
            json.raw(#","at":"#)
            json.number(canary.at)
            json.raw("}")
        }
        json.raw("}")
        return HistoryAnswer.json(json, to: request)
    }

    /// The conversation's key, and what the caller may read of it. `toMembers`: what is refused to those who are not in it any more, and only read what was said meanwhile.
    func granted(
        _ conversation: Conversation, _ caller: Caller, toMembers what: String? = nil
    ) async throws -> (Int64, [Interval]) {
        if case .topic(let topic) = conversation.kind {
            let grants = TopicGrants(publish: caller.publishes, subscribe: caller.subscribes) ?? .none
            guard rules.allow(.subscribe, topic: topic, scopes: caller.scopes, grants: grants) else {
                throw Problem.forbidden("conversation: this user may not subscribe to the topic \(topic)")
            }
        }
        switch try await reader.access(conversation, user: caller.user) {
        case .unknown: throw Problem.notFound("conversation: there is no conversation \(conversation)")
        case .forbidden: throw Problem.forbidden("conversation: only a member reads \(conversation)")
        case .granted(let key, let intervals, let isMember):
            if let what, !isMember {
                throw Problem.forbidden("conversation: only who is a member now \(what) \(conversation)")
            }
            return (key, intervals)
        }
    }

    /// The conversation's key, and all of it: for who may read or change everything.
    func everything(of conversation: Conversation) async throws -> (Int64, [Interval]) {
        guard let key = try await reader.key(of: conversation) else {
            throw Problem.notFound("conversation: there is no conversation \(conversation)")
        }
        return (key, [.all])
    }
}
