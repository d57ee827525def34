import ServiceRuntime
import Synchronization

/// Lets each user do so many of something at once, so that one cannot take it from all others.
final class UserPlaces: Sendable {
    private let limit: Int
    /// What it is called in a refusal, such as `searches`.
    private let what: String
    private let taken = Mutex<[String: Int]>([:])

    init(_ limit: Int, _ what: String) {
        (self.limit, self.what) = (limit, what)
    }

    /// Does something in one of a user's places.
    /// - Throws: `Problem` 429 when all of the user's are taken, and what `body` throws.
    func with<Value>(_ user: String, _ body: () async throws -> Value) async throws -> Value {
        try enter(user)
        defer { leave(user) }
        return try await body()
    }

    private func enter(_ user: String) throws(Problem) {
        let hasEntered = taken.withLock { taken in
            guard taken[user, default: 0] < limit else { return false }
            taken[user, default: 0] += 1
            return true
        }
        guard hasEntered else {
            throw .rateLimited("\(limit) \(what) of this user are under way: ask again when one is done", retryAfter: 1)
        }
    }

    private func leave(_ user: String) {
        taken.withLock { taken in
            let rest = taken[user, default: 1] - 1
            taken[user] = rest == 0 ? nil : rest
        }
    }

    /// How many users have any.
    var users: Int { taken.withLock { $0.count } }
}
