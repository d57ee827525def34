import Authentication
import Messaging
import NIOCore
import Testing

@testable import RedisStreams
@testable import WSEdge

/// Sessions that an operator ends, and tokens that are refused since.
@Suite struct RevocationTests {
    private let later = Int64(4_000_000_000_000)

    private func bulk(_ text: String) -> RedisValue { .bytes(Array(text.utf8)) }

    @Test func everySessionOfTheUserWithAnOldTokenEnds() async throws {
        let parts = try await Bench.Parts()
        let other = try await Bench.Parts(user: "bob").token
        let bench = try Bench(parts)
        let phone = try bench.session(parts.token)
        let desk = try bench.session(parts.token, device: "desk")
        let bob = try bench.session(other)
        bench.loop.handle([.end(user: "alice", before: 1)])
        #expect(phone.closeCode == nil)
        bench.loop.handle([.end(user: "alice", before: later)])
        #expect(phone.closeCode == CloseCode.endedByOperator.rawValue)
        #expect(desk.closeCode == CloseCode.endedByOperator.rawValue)
        #expect(bob.closeCode == nil)
        #expect(bench.redis.commands("unregister").count == 2)
    }

    @Test func aSessionThatIsBeingRegisteredEndsToo() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.holdBack()
        let client = try bench.session(parts.token)
        bench.loop.handle([.end(user: "alice", before: later)])
        #expect(client.closeCode == CloseCode.endedByOperator.rawValue)
        bench.redis.answer()
        client.collect()
        #expect(client.texts().isEmpty)
        #expect(bench.loop.table.all.isEmpty)
    }

    @Test func aTokenThatWasRevokedRegistersNoSession() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.answers("register", with: .array([.status("revoked")]))
        let client = try bench.session(parts.token)
        #expect(client.texts().contains { $0.contains("\"unauthorized\"") && $0.contains("get a new one") })
        #expect(client.closeCode == CloseCode.unauthorized.rawValue)
    }

    @Test func aSessionThatIsRegisteredAgainWithARevokedTokenIsEndedByTheOperator() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        bench.redis.answers("register", with: .array([.status("revoked")]))
        bench.loop.adopt("e1:next")
        #expect(client.closeCode == CloseCode.endedByOperator.rawValue)
    }

    @Test func theCheckFindsOutWhatNobodyTold() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        let session = try #require(bench.loop.table.all.first)
        bench.redis.answers("HMGET", with: .array([.status("5-0"), .status("1")]))
        session.check(.now())
        #expect(client.closeCode == nil)
        bench.redis.answers("HMGET", with: .array([.status("5-0"), .status("\(later)")]))
        session.check(.now())
        #expect(client.closeCode == CloseCode.endedByOperator.rawValue)
    }

    @Test func aFreshTokenThatIsRevokedChangesNothingForASessionWithABetterOne() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        let session = try #require(bench.loop.table.all.first)
        let expiry = session.expiresAt
        let issued = session.issuedAt
        bench.redis.answers("HMGET", with: .array([.status("5-0"), .status("\(issued)")]))
        session.renew(Identity(user: "alice", scopes: [], issuedAt: issued - 1, expiresAt: expiry + 1000))
        #expect(client.texts().contains { $0.contains("\"unauthorized\"") })
        #expect(session.expiresAt == expiry)
        #expect(client.closeCode == nil)
        session.renew(Identity(user: "alice", scopes: [], issuedAt: issued, expiresAt: expiry + 1000))
        client.collect()
        #expect(session.expiresAt == expiry + 1000)
    }

    @Test func whileRedisIsAwayAFreshTokenIsTaken() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        let session = try #require(bench.loop.table.all.first)
        bench.redis.isConnected = false
        session.renew(Identity(user: "alice", scopes: [], issuedAt: 0, expiresAt: session.expiresAt + 1000))
        client.collect()
        #expect(session.issuedAt == 0)
        #expect(client.closeCode == nil)
    }
}
