import Messaging
import RedisStreams
import ServiceRuntime

/// Whose presence a caller may see: see `PresencePolicy`.
struct PresenceGate: Sendable {
    let policy: PresencePolicy
    let redis: RedisConnection
    let keys: Keys

    /// Those of these users whom the caller may not see.
    func closed(to caller: Caller, of users: [String]) async throws(RedisError) -> Set<String> {
        guard policy != .everyone, !caller.has("admin") else { return [] }
        let others = Set(users).subtracting([caller.user])
        guard policy == .members else { return others }
        var question = CommonConversations(keys: keys, user: caller.user, others: others)
        while let commands = question.next() { try question.take(await redis.execute(commands)) }
        return Set(question.rest)
    }

    /// What there is to be done about it, in words.
    static func remedy(_ policy: PresencePolicy) -> String {
        switch policy {
        case .everyone: "ask again"
        case .members: "it takes a conversation in common, a group or a direct one in which something was said"
        case .nobody: "PRESENCE_POLICY is nobody, so it takes a token with the scope 'admin'"
        }
    }
}
