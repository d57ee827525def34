import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Messaging
import NIOCore
import RedisStreams
import ServiceRuntime

/// `/v1/presence` and `/v1/groups/{id}/presence`: who is online, as far as the caller may see it.
struct PresenceEndpoints {
    /// The most users of one question.
    static let mostUsers = 1000

    /// Several users, as answered.
    struct List: ResponseEncodable {
        var presence: [PresenceReader.View]
        /// Those asked for whom the caller may not see; nil where that cannot be.
        var forbidden: [String]?
    }

    private struct Query: Decodable {
        var users: [String]
    }

    let reader: PresenceReader
    let gate: PresenceGate
    let redis: RedisConnection
    let keys: Keys

    /// For how many requests one counts: a question for up to a thousand users, or for all that is known of one, is as much work as many.
    static let costs = [
        "POST /v1/presence/query": 10, "GET /v1/groups/{id}/presence": 10, "GET /v1/users/{user}/explain": 10,
    ]

    func add(to router: Router<RESTContext>) {
        router.get("/v1/presence/:user") { _, context in
            let caller = try context.requireCaller()
            let user = try Self.parameter("user", context)
            guard try await gate.closed(to: caller, of: [user]).isEmpty else {
                throw Problem.forbidden(
                    "\(caller.user) may not see the presence of \(user): \(PresenceGate.remedy(gate.policy))")
            }
            return try await reader.views(of: [user], for: caller.user)[0]
        }
        router.post("/v1/presence/query") { request, context in
            let caller = try context.requireCaller()
            let body = try await request.body.collect(upTo: RESTContext.maximumBodySize)
            let users = try Self.users(Array(body.readableBytesView))
            let closed = try await gate.closed(to: caller, of: users)
            return try await List(
                presence: reader.views(of: users.filter { !closed.contains($0) }, for: caller.user),
                forbidden: users.filter(closed.contains))
        }
        router.get("/v1/groups/:id/presence") { _, context in
            let caller = try context.requireCaller()
            let members = try await members(of: Self.parameter("id", context), for: caller)
            if gate.policy == .nobody, !caller.has("admin") {
                throw Problem.forbidden(
                    "\(caller.user) may not see the presence of others: \(PresenceGate.remedy(gate.policy))")
            }
            return try await List(presence: reader.views(of: members, for: caller.user))
        }
    }

    /// The users of a query, in the order asked for.
    static func users(_ body: [UInt8]) throws(Problem) -> [String] {
        guard let query = try? JSONDecoder().decode(Query.self, from: Data(body)) else {
            throw .badRequest("the body must be {\"users\":[…]} with an array of user ids")
        }
        guard query.users.count <= mostUsers else {
            throw .badRequest("field 'users' has \(query.users.count) entries; the most is \(mostUsers)")
        }
        guard query.users.allSatisfy({ Identifier.isValid($0) }) else {
            throw .badRequest("field 'users' must be user ids, each \(Identifier.rule)")
        }
        return query.users
    }

    private func members(of group: String, for caller: Caller) async throws -> [String] {
        let replies = await redis.execute([
            RedisCommand("HMGET", .text(keys.group(group)), "version", "deleted"),
            RedisCommand("SCARD", .text(keys.members(group))),
            RedisCommand("SISMEMBER", .text(keys.members(group)), .text(caller.user)),
        ])
        let head = try replies[0].get().array ?? []
        guard head.count == 2, head[0] != .null, head[1].string != "1" else {
            throw Problem.notFound("there is no group \(group)")
        }
        guard try replies[2].get().int == 1 || caller.has("admin") else {
            throw Problem.forbidden("\(caller.user) is no member of the group \(group)")
        }
        let count = try replies[1].get().int ?? 0
        guard count <= Self.mostUsers else {
            throw Problem.badRequest(
                "the group \(group) has \(count) members, more than \(Self.mostUsers): ask for some of them with POST /v1/presence/query"
            )
        }
        let members = try await redis.execute(RedisCommand("SMEMBERS", .text(keys.members(group))))
        return (members.array ?? []).compactMap(\.string).sorted()
    }

    private static func parameter(_ name: String, _ context: RESTContext) throws -> String {
        let value = try context.parameters.require(name)
        guard Identifier.isValid(value) else {
            throw Problem.badRequest("\(name) in the path must be \(Identifier.rule)")
        }
        return value
    }
}
