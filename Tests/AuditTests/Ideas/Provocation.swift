import Messaging
import TestStack
import Testing

/// Things done to a stack that do no harm as long as every idea is on, and show at once when the one they are aimed at is off.
///
/// Each chooses its moment by what stands in Redis and not by the clock. The stacks have one partition, so that there is one router at a time.
struct Provocation {
    private static let messages = 300

    let stack: Stack
    let idea: String?
    let script: Script

    /// - Parameter crowd: how many are in the group besides the sender.
    init(_ stack: Stack, without idea: String?, crowd: Int) {
        self.stack = stack
        self.idea = idea
        script = Script(stack, crowd: crowd)
    }

    /// A stack without an idea, or with all.
    static func stack(without idea: String?) async throws -> Stack {
        try await Stack.start(
            Stack.Plan { plan in
                plan.environment = ["PARTITIONS": "1"]
                plan.environment["SWITCHBOARD_WITHOUT"] = idea
                plan.environments = [
                    "ws-edge": ["RATE": "100000", "BURST": "100000"], "message-router": ["INSTANCE": "router-1"],
                ]
                plan.without = ["presence", "history"]
            })
    }

    // MARK: An edge that misses what it is told

    /// An edge is stopped in its tracks, and what the router tells it meanwhile is cut off its stream.
    func theEdgeMissesPushes() async throws {
        let receiver = try await script.connect(1, edge: 0)
        let sender = try await script.connect(0, edge: 1)
        try await script.arrives(script.send(from: sender, to: 1), at: receiver)

        await stack.edges[0].suspend()
        let stream = "sb:{e:edge-1}:out"
        // The first of these may go to a read that is under way, the second stays in the stream.
        for _ in 1...2 {
            let before = try await added(stream)
            try await script.send(from: sender, to: 1)
            try await eventually("the edge is told") { try await added(stream) > before }
        }
        try await stack.redis.cli("XTRIM", stream, "MAXLEN", "0")
        await stack.edges[0].resume()

        try await script.arrives(script.send(from: sender, to: 1), at: receiver)
        try script.record(sender, of: 0)
        try script.record(receiver, of: 1)
    }

    /// How many entries a stream has ever had.
    private func added(_ stream: String) async throws -> Int {
        let lines = try await stack.redis.cli("XINFO", "STREAM", stream).split(separator: "\n")
        let place = try #require(lines.firstIndex(of: "entries-added"))
        return try #require(Int(lines[place + 1]))
    }

    // MARK: A router in the middle of a batch

    /// A router is killed when some of a batch is delivered and some is not, and started again.
    func theRouterIsKilledInTheMiddleOfABatch() async throws {
        let sender = try await fillTheLog()
        try await startTheRouterAndCatchItAtWork()
        try await stack.router.kill()
        try await stack.router.start()
        try await theRouterIsThrough()
        for user in 1...script.crowd {
            let session = try await script.connect(user, cursor: "0")
            // Behind all that the inbox holds.
            try await script.arrives(script.send(from: sender, to: user), at: session)
            try script.record(session, of: user)
            try await session.close()
        }
        try script.record(sender, of: 0)
    }

    /// A router is stopped in its tracks before it comes to a membership change that it has read, for so long that another one does it and the
    /// change that takes it back; then it goes on where it was.
    func aPausedRouterAppliesAnOldChange() async throws {
        let sender = try await fillTheLog()
        try await script.strangerJoins()
        try await startTheRouterAndCatchItAtWork()
        await stack.router.suspend()

        let successor = try await successor()
        try await theRouterIsThrough()
        try await script.strangerLeaves(over: successor)

        await stack.router.resume()
        #expect(try await stack.router.stop() == 0)
        // What the successor remembers of the group would hide what stands in Redis.
        try await successor.stop()
        try await stack.router.start()
        let outsider = try await script.connect(script.stranger)
        let insider = try await script.connect(1, cursor: "0")
        try await script.arrives(script.send(from: sender), at: insider)
        try await script.arrives(script.send(from: sender, to: script.stranger), at: outsider)
        for user in 2...script.crowd {
            let session = try await script.connect(user, cursor: "0")
            try await script.arrives(script.send(from: sender, to: user), at: session)
            try script.record(session, of: user)
            try await session.close()
        }
        try script.record(insider, of: 1)
        try script.record(outsider, of: script.stranger)
        try script.record(sender, of: 0)
    }

    /// A router is stopped in its tracks for so long that its successor routes much, someone's removal from a group among it, and trims what both
    /// groups of readers have done; then the first one goes on where it was.
    func aPausedRouterReadsBehindAHole() async throws {
        try await script.makeGroup(withStranger: true)
        let sender = try await script.connect(0)
        let outsider = try await script.connect(script.stranger)
        try await script.arrives(script.send(from: sender), at: outsider)
        // History does not run: as if it had stored all, so that only the router bounds what is kept.
        try await stack.redis.cli("HSET", "sb:{p:0}:position:history", "id", "99999999999999-0", "read", "0")
        await stack.router.suspend()

        let successor = try await successor()
        try await script.strangerLeaves(over: successor)
        try await script.send(Self.messages, from: sender)
        try await theRouterIsThrough()
        #expect(Int(try await stack.redis.cli("XLEN", "sb:{p:0}:log")) ?? 0 < Self.messages, "nothing was trimmed")

        await stack.router.resume()
        #expect(try await stack.router.stop() == 0)
        try await script.arrives(script.send(from: sender, to: script.stranger), at: outsider)
        try await successor.stop()
        try script.record(outsider, of: script.stranger)
        try script.record(sender, of: 0)
    }

    // MARK: Parts of it

    /// Another router, which takes over when the lease of the first one has lapsed.
    private func successor() async throws -> ServiceProcess {
        let successor = try ServiceProcess(
            "message-router", name: "router-2",
            environment: [
                "REDIS_URL": stack.redis.url, "AUTH_JWT_SECRET": stack.secret, "PARTITIONS": "1",
                "INSTANCE": "router-2", "SWITCHBOARD_WITHOUT": idea ?? "",
            ])
        try await successor.start()
        return successor
    }

    /// Makes the group and has user 0 send to it while no router runs, so that the next one finds all of it in one batch.
    private func fillTheLog() async throws -> SessionClient {
        try await script.makeGroup()
        #expect(try await stack.router.stop() == 0)
        let sender = try await script.connect(0)
        try await script.send(Self.messages, from: sender)
        return sender
    }

    private func startTheRouterAndCatchItAtWork() async throws {
        try await stack.router.launch()
        var delivered = 0
        while delivered == 0 {
            delivered = Int(try await stack.redis.cli("XLEN", "sb:{u:\(script.name(1))}:inbox")) ?? 0
        }
        #expect(delivered < Self.messages, "the router was done before it could be caught")
    }

    /// Waits until all that is in the log now is routed. More may come meanwhile: edges send canaries.
    private func theRouterIsThrough() async throws {
        let newest = try await stack.redis.cli("XREVRANGE", "sb:{p:0}:log", "+", "-", "COUNT", "1")
        let last = try #require(newest.split(separator: "\n").first.flatMap { MessageID(String($0)) })
        try await eventually("the log is routed up to \(last)", within: .seconds(60)) {
            let position = try await stack.redis.cli("HGET", "sb:{p:0}:position:router", "id")
            return MessageID(position).map { $0 >= last } ?? false
        }
    }
}
