import Messaging
import SwitchboardClient
import TestStack
import Testing

extension IntegrationTests {
    /// The Swift library while things die.
    @Suite(.serialized, .stack { $0.environments["ws-edge"] = LibraryClient.fast })
    struct LibraryFaults {
        @Test func aThousandMessagesComeOnceAndInOrderThoughAnEdgeIsKilledInTheMidst() async throws {
            let stack = try theStack()
            let (a, b) = (fresh("a"), fresh("b"))
            let both = stack.edgeURLs
            try await LibraryClient.with(a, of: stack, { $0.urls = both }) { alice in
                try await LibraryClient.with(b, of: stack, { $0.urls = both }) { bob in
                    try await alice.isOpen(on: "edge-1")
                    try await bob.isOpen(on: "edge-1")
                    async let sent: Void = alice.send(0..<1_000, to: "user:\(b)")
                    try await bob.all(300)
                    try await stack.edges[0].kill()
                    try await sent
                    try await bob.all(1_000)
                    #expect(bob.numbers == Array(0..<1_000))
                    try await bob.isOpen(on: "edge-2")
                }
            }
            try await stack.edges[0].start()
        }

        @Test func aThousandMessagesComeOnceAndInOrderThoughRedisIsKilledInTheMidst() async throws {
            let stack = try theStack()
            let (a, b) = (fresh("a"), fresh("b"))
            try await LibraryClient.with(a, of: stack) { alice in
                try await LibraryClient.with(b, of: stack, { $0.urls = [stack.edgeURLs[1]] }) { bob in
                    try await bob.isOpen()
                    async let sent: Void = alice.send(0..<1_000, to: "user:\(b)")
                    try await bob.all(300)
                    try await stack.redis.kill()
                    try await stack.redis.restart()
                    try await sent
                    try await bob.all(1_000)
                    #expect(Set(bob.numbers).count == bob.numbers.count)
                    #expect(bob.messages.map(\.id) == bob.messages.map(\.id).sorted())
                }
            }
            for service in stack.services { try await service.waitUntilReady() }
        }

        @Test func anEdgeThatGoesAwayHandsItsSessionsOverWithoutALoss() async throws {
            let stack = try theStack()
            let (a, b) = (fresh("a"), fresh("b"))
            let both = stack.edgeURLs
            try await LibraryClient.with(a, of: stack, { $0.urls = [both[1]] }) { alice in
                try await LibraryClient.with(b, of: stack, { $0.urls = both }) { bob in
                    try await bob.isOpen(on: "edge-1")
                    async let sent: Void = alice.send(0..<300, to: "user:\(b)")
                    try await bob.all(50)
                    try await stack.edges[0].stop(within: .seconds(60))
                    try await sent
                    try await bob.all(300)
                    #expect(bob.numbers == Array(0..<300))
                    try await bob.isOpen(on: "edge-2")
                }
            }
            try await stack.edges[0].start()
        }
    }

    /// The Swift library where an inbox holds little.
    @Suite(
        .serialized,
        .stack {
            $0.environment["INBOX_CAPACITY"] = "10"
            $0.environments["ws-edge"] = LibraryClient.fast
        })
    struct LibraryGaps {
        @Test func whatTheInboxNoLongerHeldComesFromHistoryOnceAndInOrderWithWhatIsLive() async throws {
            let stack = try theStack()
            let (a, b) = (fresh("a"), fresh("b"))
            try await LibraryClient.with(a, of: stack) { alice in
                var place: MessageID?
                try await LibraryClient.with(b, of: stack) { bob in
                    try await bob.isOpen()
                    try await alice.send(0..<5, to: "user:\(b)")
                    try await bob.all(5)
                    try await eventually("all is taken") { bob.client.cursor == bob.messages.last?.cursor }
                    place = bob.client.cursor
                }
                let cursor = try #require(place)
                try await alice.send(5..<400, to: "user:\(b)")
                try await LibraryClient.with(b, of: stack, { $0.start = .after(cursor) }) { bob in
                    async let live: Void = alice.send(400..<600, to: "user:\(b)")
                    try await live
                    // Of what history tells an hour before, this device has some already; a device that was started anew cannot know.
                    try await eventually("all came", within: .seconds(120)) {
                        Set(5..<600).isSubset(of: Set(bob.numbers))
                    }
                    let numbers = bob.numbers
                    #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
                    try await bob.event("the gap") { if case .gap(nil, _, _) = $0 { true } else { nil } }
                }
            }
        }
    }
}
