import Synchronization

/// The application's tokens: the last one as long as it is good, a fresh one when that is wanted.
final class TokenSource: Sendable {
    private let fetch: @Sendable () async throws -> String
    private let clock: ClientClock
    private let last: Mutex<ClientToken?> = Mutex(nil)

    init(_ fetch: @escaping @Sendable () async throws -> String, clock: ClientClock) {
        self.fetch = fetch
        self.clock = clock
    }

    /// The last token, or a fresh one when that is about to expire.
    func current() async throws -> ClientToken {
        if let token = last.withLock({ $0 }), token.isGood(clock.now()) { return token }
        return try await renew()
    }

    /// A fresh token.
    /// - Throws: what the application throws; ``TokenRefused`` when it gives what is no token.
    func renew() async throws -> ClientToken {
        let text = try await fetch()
        guard let token = ClientToken(text, wall: clock.now().wall) else {
            throw TokenRefused("what the closure gave is no token: give the JWT alone, without \"Bearer\"")
        }
        last.withLock { $0 = token }
        return token
    }
}
