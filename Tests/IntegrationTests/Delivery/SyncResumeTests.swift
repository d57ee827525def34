import Synchronization
import TestStack
import Testing

extension IntegrationTests {
    /// Coming back after more than an inbox holds: what history has and what comes live join, with nothing missing and nothing twice.
    @Suite(
        .serialized,
        .stack {
            $0.environment["INBOX_CAPACITY"] = "10"
            $0.environments["ws-edge"] = ["RATE": "10000", "BURST": "20000"]
        })
    struct SyncResume {
        /// A message of a conversation, which has one id in it.
        private struct Place: Hashable {
            var conversation: String
            var id: String

            init?(_ conversation: String?, _ id: String?) {
                guard let conversation, let id else { return nil }
                (self.conversation, self.id) = (conversation, id)
            }
        }

        /// What has been accepted so far, for one user to get.
        private final class Ledger: Sendable {
            private let places = Mutex<Set<Place>>([])
            let isOver = Atomic(false)

            func note(_ accepted: ServerMessage) throws {
                let place = try #require(Place(accepted.conversation, accepted.id))
                places.withLock { _ = $0.insert(place) }
            }

            var all: Set<Place> { places.withLock { $0 } }
            var count: Int { places.withLock { $0.count } }
        }

        /// Sends to a destination until it is over, or until enough was sent.
        private func talk(
            _ client: SessionClient, to destination: String, _ ledger: Ledger, upTo enough: Int = .max
        ) async throws {
            var number = 0
            while !ledger.isOver.load(ordering: .relaxed), ledger.count < enough {
                try ledger.note(try await client.send(destination, .string("\(number)")))
                number += 1
            }
        }

        /// Pages from an id on, until there is no `next`; a message that comes twice is a fault.
        private func pages(_ path: String, after: String, as user: String) async throws -> Set<Place> {
            let stack = try theStack()
            var seen: Set<Place> = []
            var after = after
            while true {
                let answer = try await stack.call(
                    "GET", stack.history, "\(path)?limit=200&after=\(after)", as: user)
                guard answer.status == 200 else {
                    throw TestStackError(.connection, "\(path): \(answer.status) \(answer.text)")
                }
                let page = try answer.json()
                for message in page["messages"]?.array ?? [] {
                    let place = try #require(Place(message["conversation"]?.string, message["id"]?.string))
                    #expect(seen.insert(place).inserted, "\(place) twice")
                }
                guard let next = page["next"]?.string else { return seen }
                after = next
            }
        }

        private func heard(_ client: SessionClient) -> [Place] {
            client.messages.compactMap { Place($0.conversation, $0.id) }
        }

        /// Does what a client does about each `gap` that it is told of, which may be several, until what was read and what came live are all that was accepted, and
        /// checks that they are nothing else.
        /// - Parameter end: ends the traffic.
        /// - Returns: what was read.
        @discardableResult
        private func join(
            _ client: SessionClient, _ ledger: Ledger, end: () async throws -> Void
        ) async throws -> Set<Place> {
            var read: Set<Place> = []
            var gaps = 0
            func fill() async throws {
                let told = client.frames.filter { $0.type == "gap" }
                for gap in told.dropFirst(gaps) {
                    let path = gap.conversation.map { "/v1/conversations/\($0)/messages" } ?? "/v1/sync"
                    read.formUnion(try await pages(path, after: try #require(gap.after), as: client.user))
                }
                gaps = told.count
            }
            try await fill()
            // From here on nothing more is accepted.
            try await end()
            var missing: Set<Place> = []
            do {
                try await eventually("the last of it has come", within: .seconds(60)) {
                    try await fill()
                    missing = ledger.all.subtracting(read).subtracting(heard(client))
                    return missing.isEmpty
                }
            } catch {
                let first = missing.sorted { $0.id < $1.id }.prefix(5).map { "\($0.conversation) \($0.id)" }
                Issue.record("\(missing.count) of \(ledger.count) missing, the first \(first); \(gaps) gaps")
                throw error
            }
            let live = heard(client)
            #expect(Set(live).count == live.count, "something came live twice")
            #expect(read.union(live).subtracting(ledger.all).isEmpty, "something came that was not for this user")
            return read
        }

        @Test func tenThousandMissedMessagesJoinWhatComesLive() async throws {
            let stack = try theStack()
            let ledger = Ledger()
            let bob = fresh("bob")
            let senders = try await (0..<10).asyncMap { try await stack.connect(fresh("sender"), edge: $0 % 2) }
            let (small, changing, crowd) = (fresh("small"), fresh("changing"), fresh("crowd"))
            try await stack.makeGroup(small, members: [senders[7].user, bob])
            try await stack.makeGroup(changing, members: [senders[8].user, bob])
            let many = [senders[9].user, bob] + (0..<1500).map { "filler-\($0)" }
            try await stack.makeGroup(crowd, members: many, by: senders[9].user)
            try await eventually("the crowd is there", within: .seconds(60)) {
                try await stack.redis.cli("SCARD", "sb:{g:\(crowd)}:members") == "\(many.count)"
            }
            let first = try await stack.connect(bob, edge: 1)
            try ledger.note(try await senders[0].send("user:\(bob)", "first"))
            let cursor = try #require(try await first.message("first").cursor)
            try await first.close()

            try await withThrowingTaskGroup(of: Void.self) { group in
                for (place, sender) in senders.enumerated() {
                    let destination =
                        switch place {
                        case 7: "group:\(small)"
                        case 8: "group:\(changing)"
                        case 9: "group:\(crowd)"
                        default: "user:\(bob)"
                        }
                    group.addTask { [self] in
                        if place == 8 { try await leaveAndReturn(bob, changing, sender, ledger) }
                        try await talk(sender, to: destination, ledger, upTo: place < 6 ? 10_000 : .max)
                    }
                }
                try await eventually("10,000 were missed", within: .seconds(600)) { ledger.count > 10_000 }
                let back = try await stack.connect(bob, edge: 0, cursor: cursor)
                try await back.frame("the gap of the inbox") { $0.type == "gap" && $0.conversation == nil }
                try await back.frame("the gap of the crowd") {
                    $0.type == "gap" && $0.conversation == "group:\(crowd)"
                }
                let read = try await join(back, ledger) {
                    let count = ledger.count
                    try await eventually("traffic goes on") { ledger.count > count + 200 }
                    ledger.isOver.store(true, ordering: .relaxed)
                    try await group.waitForAll()
                }
                #expect(read.count > 10_000)
            }
        }

        /// What is said while the user is out of the group is not for them.
        private func leaveAndReturn(
            _ user: String, _ group: String, _ sender: SessionClient, _ ledger: Ledger
        ) async throws {
            let stack = try theStack()
            func members(_ count: Int, _ method: String) async throws {
                let answer = try await stack.call(
                    method, stack.router, "/v1/groups/\(group)/members/\(user)", as: sender.user)
                #expect((200..<300).contains(answer.status), "\(answer.text)")
                try await eventually("the group has \(count)", within: .seconds(60)) {
                    try await stack.redis.cli("SCARD", "sb:{g:\(group)}:members") == "\(count)"
                }
            }
            for number in 0..<20 { try ledger.note(try await sender.send("group:\(group)", .string("in \(number)"))) }
            try await members(1, "DELETE")
            for number in 0..<20 { try await sender.send("group:\(group)", .string("out \(number)")) }
            try await members(2, "PUT")
        }

        @Test func historyThatIsBehindSaysToAskAgainAndNothingIsMissing() async throws {
            let stack = try theStack()
            let ledger = Ledger()
            let bob = fresh("bob")
            let sender = try await stack.connect(fresh("sender"), edge: 0)
            let first = try await stack.connect(bob, edge: 1)
            try ledger.note(try await sender.send("user:\(bob)", "first"))
            let cursor = try #require(try await first.message("first").cursor)
            try await first.close()
            // Nothing can be stored meanwhile, and all can be read.
            async let holding: Void = stack.postgres.lines(
                "begin; lock table history.messages in exclusive mode; select pg_sleep(6)"
            ) { _ in }
            try await eventually("messages are locked") {
                try await stack.postgres.sql(
                    "select 1 from pg_locks where granted and mode = 'ExclusiveLock' and relation = 'history.messages'::regclass"
                ) == ["1"]
            }
            for number in 0..<300 { try ledger.note(try await sender.send("user:\(bob)", .string("\(number)"))) }
            let back = try await stack.connect(bob, edge: 0, cursor: cursor)
            try await back.frame(type: "gap")
            let read = try await join(back, ledger) {}
            #expect(read.count > heard(back).count)
            try await holding
        }
    }
}

extension Sequence {
    /// The results of `transform`, one after the other.
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
