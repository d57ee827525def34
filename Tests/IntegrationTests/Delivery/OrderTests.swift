import Foundation
import Messaging
import TestStack
import Testing

extension IntegrationTests {
    /// One order for everybody, and the same in history.
    @Suite(.serialized, .stack) struct Order {
        @Test func tenConcurrentSendersAreSeenInOneOrderByAllAndByHistory() async throws {
            let stack = try theStack()
            let group = fresh("crowd")
            let users = (0..<10).map { fresh("user\($0)") }
            let listener = fresh("listener")
            try await stack.makeGroup(group, members: users + [listener])
            let phone = try await stack.connect(listener, device: "phone", edge: 0)
            let desk = try await stack.connect(listener, device: "desk", edge: 1)
            let sessions = try await connect(users, to: stack)
            let accepted = try await withThrowingTaskGroup(of: [String].self) { tasks in
                for session in sessions {
                    tasks.addTask {
                        var ids: [String] = []
                        for number in 1...20 {
                            let text = "\(session.user) \(number)"
                            ids.append(try #require(await session.send("group:\(group)", .string(text)).id))
                        }
                        return ids
                    }
                }
                return try await tasks.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(accepted).count == 200)
            let expected = accepted.compactMap { MessageID($0) }.sorted().map(\.description)
            for session in [phone, desk] {
                #expect(try await session.messages(atLeast: 200).map(\.id) == expected)
            }
            for session in sessions {
                let others = try await session.messages(atLeast: 180)
                #expect(others.allSatisfy { $0.from != session.user })
                #expect(others.compactMap { $0.id.flatMap { MessageID($0) } }.isStrictlyGrowing)
            }
            for user in users {
                let own = phone.messages.filter { $0.from == user }.map(\.text)
                #expect(own == (1...20).map { "\(user) \($0)" })
            }
            let kept = try await eventually("history has all 200") {
                let kept = try await stack.history("group:\(group)", as: listener)
                return kept.count >= 200 ? kept : nil
            }
            #expect(kept.map { $0["id"]?.string } == expected)
            #expect(kept.map { $0["data"]?.string } == phone.messages.map(\.text))
            #expect(kept.map { $0["from"]?.string } == phone.messages.map(\.from))
            #expect(kept.map { $0["at"]?.integer } == phone.messages.map { $0.at.map(Int.init) })
        }

        private func connect(_ users: [String], to stack: Stack) async throws -> [SessionClient] {
            var sessions: [SessionClient] = []
            for (number, user) in users.enumerated() {
                sessions.append(try await stack.connect(user, edge: number % 2))
            }
            return sessions
        }

        @Test func manyClientsOverTwoEdgesLoseRepeatAndMixUpNothing() async throws {
            let stack = try theStack()
            let plan = AuditPlan {
                $0.clients = 30
                $0.groups = 3
                $0.rate = 150
                $0.duration = .seconds(5)
            }
            let folder = URL(fileURLWithPath: try TemporaryFolders.make("record"))
            let report = try await AuditRun.run(plan, stack.auditTarget, folder: folder)
            #expect(report.isClean, "\(report)")
            #expect(report.accepted == report.sent)
        }
    }
}

extension [MessageID] {
    /// Whether each is greater than the one before it.
    var isStrictlyGrowing: Bool { zip(self, dropFirst()).allSatisfy { $0 < $1 } }
}
