import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Messaging
import RedisStreams
import ServiceRuntime

/// `DELETE /v1/users/{user}/sessions`: ends a user's sessions and refuses the tokens that they came with.
///
/// Three steps, each harmless when repeated: a note for the services that check tokens over REST; the user's own mark, in one step with reading where the
/// sessions are, against which each registration is compared; and a hint for the edges. A lost hint heals: edges look at the mark every 30 s.
struct SessionEndpoints {
    /// What is answered.
    struct Ended: ResponseEncodable {
        var user: String
        /// Tokens issued before this (ms) are refused from now on.
        var before: Int64
        /// How many sessions were told to end.
        var sessions: Int
    }

    let redis: RedisConnection
    let keys: Keys
    let edges: EdgeBook
    let writer: EdgeWriter
    let lifetimeLimit: Duration
    let metrics: MessageRouterMetrics

    func add(to router: Router<RESTContext>) {
        router.delete("/v1/users/:user/sessions") { _, context in
            let caller = try context.requireCaller(scope: "admin")
            let user = try context.parameters.require("user")
            guard Identifier.isValid(user) else {
                throw Problem.badRequest("user in the path must be \(Identifier.rule)")
            }
            let ended = try await end(user)
            metrics.revocation()
            context.logger.notice(
                "a user's sessions are ended",
                metadata: ["of": "\(user)", "by": "\(caller.user)", "sessions": "\(ended.sessions)"])
            return EditedResponse(status: .accepted, response: ended)
        }
    }

    private func end(_ user: String) async throws -> Ended {
        let note = NoteRevocationScript.command(keys: keys, user: user, lifetimeLimit: lifetimeLimit)
        guard let time = try NoteRevocationScript.reply(await redis.execute(note)) else {
            throw Problem.busy(
                "the sessions of \(NoteRevocationScript.limit) users have been ended within TOKEN_LIFETIME_LIMIT, which is the most: to refuse all tokens, change the key they are signed with",
                retryAfter: 3600)
        }
        let reply = try RevokeScript.reply(
            await redis.execute(RevokeScript.command(keys: keys, user: user, before: time)))
        let live = try await edges.edges(of: reply.incarnations)
        let told = Set(reply.incarnations.compactMap { live[$0] })
        try await writer.write(
            told.sorted().map { (.edge($0), EdgeBatch(items: [.end(user: user, before: reply.before)])) })
        return Ended(user: user, before: reply.before, sessions: reply.sessions)
    }
}
