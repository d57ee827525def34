import TestStack
import Testing

extension IntegrationTests {
    /// How the way of routing is chosen and changed.
    @Suite(.serialized, .stack { $0.routers = 2 }) struct RoutingWays {
        /// Two routers share the partitions, so conversations go by both ways; and then each changes its way while messages flow.
        @Test func routersOfDifferentWaysStandSideBySide() async throws {
            let stack = try theStack()
            var senders: [SessionClient] = []
            var recipients: [SessionClient] = []
            for number in 0..<8 {
                let names = (fresh("from\(number)"), fresh("to\(number)"))
                senders.append(try await stack.connect(names.0, edge: number % 2))
                recipients.append(try await stack.connect(names.1, edge: (number + number / 2) % 2))
            }
            for (round, ways) in [("ring", "broadcast"), ("broadcast", "ring"), ("register", "register")].enumerated() {
                for (place, (router, way)) in zip(stack.routers, [ways.0, ways.1]).enumerated() {
                    try await router.stop()
                    await router.set("ROUTING", to: way)
                    await router.set("RING_SETTLE", to: "0s")
                    // While it is away the other one has all partitions.
                    for (sender, recipient) in zip(senders, recipients) {
                        try await sender.send("user:\(recipient.user)", .string("\(round) \(place) \(way) away"))
                    }
                    try await router.start()
                    for (sender, recipient) in zip(senders, recipients) {
                        try await sender.send("user:\(recipient.user)", .string("\(round) \(place) \(way)"))
                    }
                }
                for recipient in recipients { try await recipient.message("\(round) 1 \(ways.1)") }
            }
            for recipient in recipients {
                #expect(recipient.messages.count == 12)
                let cursors = recipient.messages.compactMap(\.cursor)
                #expect(Set(cursors).count == 12)
            }
        }

        @Test func aWayThatThereIsNotKeepsTheRouterFromStarting() async throws {
            let stack = try theStack()
            let router = try ServiceProcess(
                "message-router", name: "odd",
                environment: ["REDIS_URL": stack.redis.url, "AUTH_JWT_SECRET": stack.secret, "ROUTING": "guess"])
            try await router.launch()
            #expect(try await router.waitForEnd() != 0)
            let output = await router.output
            #expect(output.lowercased().contains("routing") && output.contains("guess"), "\(output)")
            #expect(output.contains("register, ring, broadcast"), "\(output)")
        }
    }
}
