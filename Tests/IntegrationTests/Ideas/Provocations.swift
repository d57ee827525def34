import FoundationEssentials
import Messaging
import TestStack
import Testing

/// Things done to a stack that do no harm as long as every idea is on, and show at once when the one they are aimed at is off.
///
/// Each chooses its moment by what stands in Redis and not by the clock. The stacks have one partition, so that there is one router at a time.
struct Provocation: Sendable {
    let stack: Stack
    let idea: String?
    private let group = fresh("crowd")
    private static let crowd = 100
    private static let messages = 300

    init(_ stack: Stack, without idea: String?) {
        self.stack = stack
        self.idea = idea
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
    func theEdgeMissesPushes() async throws -> Findings {
        let (alice, bob) = (fresh("alice"), fresh("bob"))
        let receiver = try await stack.connect(bob, edge: 0)
        let sender = try await stack.connect(alice, edge: 1)
        try await sender.send("user:\(bob)", "first")
        try await receiver.message("first")

        await stack.edges[0].suspend()
        let stream = "sb:{e:edge-1}:out"
        // The first of these may go to a read that is under way, the second stays in the stream.
        for text in ["second", "third"] {
            let before = try await stack.redis.cli("XINFO", "STREAM", stream)
            try await sender.send("user:\(bob)", .string(text))
            try await eventually("the edge is told of the \(text)") {
                try await stack.redis.cli("XINFO", "STREAM", stream) != before
            }
        }
        try await stack.redis.cli("XTRIM", stream, "MAXLEN", "0")
        await stack.edges[0].resume()

        try await sender.send("user:\(bob)", "fourth")
        try await receiver.message("fourth")
        var findings = Findings()
        findings.judge(receiver, ["first", "second", "third", "fourth"])
        return findings
    }

    // MARK: A router in the middle of a batch

    /// A router is killed when some of a batch is delivered and some is not, and started again.
    func theRouterIsKilledInTheMiddleOfABatch() async throws -> Findings {
        let (sender, texts) = try await fillTheLog()
        try await startTheRouterAndCatchItAtWork()
        try await stack.router.kill()
        try await stack.router.start()
        try await theRouterIsThrough()

        var findings = Findings()
        for member in members {
            let session = try await stack.connect(member, cursor: "0")
            try await sender.send("user:\(member)", "end")
            try await session.message("end")
            findings.judge(session, texts + ["end"])
            try await session.close()
        }
        return findings
    }

    /// A router is stopped in its tracks before it comes to a membership change that it has read, for so long that another one does it and the
    /// change that takes it back; then it goes on where it was.
    func aPausedRouterAppliesAnOldChange() async throws -> Findings {
        let stranger = fresh("mallory")
        let (sender, texts) = try await fillTheLog()
        try await append(MembershipChange(operation: .add, members: [stranger]), by: sender.user)
        try await startTheRouterAndCatchItAtWork()
        await stack.router.suspend()

        let successor = try await successor()
        try await theRouterIsThrough()
        let removal = try await stack.call(
            "DELETE", successor, "/v1/groups/\(group)/members/\(stranger)", as: sender.user)
        #expect(removal.status == 204, "\(removal.text)")

        await stack.router.resume()
        #expect(try await stack.router.stop() == 0)
        // What the successor remembers of the group would hide what stands in Redis.
        try await successor.stop()
        try await stack.router.start()
        let outsider = try await stack.connect(stranger)
        let insider = try await stack.connect(members[0], cursor: "0")
        try await sender.send("group:\(group)", "secret")
        try await insider.message("secret")
        try await sender.send("user:\(stranger)", "end")
        try await outsider.message("end")

        var findings = Findings()
        findings.judge(insider, texts + ["secret"])
        findings.judge(outsider, ["end"])
        return findings
    }

    // MARK: A router that reads behind a hole

    /// A router is stopped in its tracks for so long that its successor routes much, someone's removal from a group among it, and trims what both
    /// groups have done; then the first one goes on where it was.
    func aPausedRouterReadsBehindAHole() async throws -> Findings {
        let (alice, stranger) = (fresh("alice"), fresh("mallory"))
        try await stack.makeGroup(group, members: [alice, stranger])
        let sender = try await stack.connect(alice)
        let outsider = try await stack.connect(stranger)
        try await sender.send("group:\(group)", "first")
        try await outsider.message("first")
        // History does not run: as if it had stored all, so that only the router bounds what is kept.
        try await stack.redis.cli("HSET", "sb:{p:0}:position:history", "id", "99999999999999-0", "read", "0")
        await stack.router.suspend()

        let successor = try await successor()
        let removal = try await stack.call(
            "DELETE", successor, "/v1/groups/\(group)/members/\(stranger)", as: sender.user)
        // 202 when it is not applied at once: the successor may still be waiting for the lease.
        #expect(removal.status == 204 || removal.status == 202, "\(removal.text)")
        for number in 1...Self.messages { try await sender.post("group:\(group)", .string("secret \(number)")) }
        try await sender.frame("the last one accepted", within: .seconds(30)) {
            $0.type == "accepted" && $0.n == 1 + Self.messages
        }
        try await theRouterIsThrough()
        #expect(Int(try await stack.redis.cli("XLEN", log)) ?? 0 < Self.messages, "nothing was trimmed")

        await stack.router.resume()
        #expect(try await stack.router.stop() == 0)
        try await sender.send("user:\(stranger)", "end")
        try await outsider.message("end")
        try await successor.stop()

        var findings = Findings()
        findings.judge(outsider, ["first", "end"])
        return findings
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

    private var members: [String] { (0..<Self.crowd).map { "\(group)-\($0)" } }

    /// Makes a group and has someone send to it while no router runs, so that the next one finds all of it in one batch.
    private func fillTheLog() async throws -> (sender: SessionClient, texts: [String]) {
        let alice = fresh("alice")
        try await stack.makeGroup(group, members: [alice] + members)
        #expect(try await stack.router.stop() == 0)
        let sender = try await stack.connect(alice)
        let texts = (1...Self.messages).map { "message \($0)" }
        for text in texts { try await sender.post("group:\(group)", .string(text)) }
        try await sender.frame("the last one accepted", within: .seconds(30)) {
            $0.type == "accepted" && $0.n == Self.messages
        }
        return (sender, texts)
    }

    /// Appends a membership change as message-router does for REST.
    private func append(_ change: MembershipChange, by user: String) async throws {
        let data = String(decoding: try JSONEncoder().encode(change), as: UTF8.self)
        try await stack.redis.cli(
            "XADD", log, "*", "type", "member", "conversation", "group:\(group)", "from", user, "device", "", "n", "0",
            "data", data)
    }

    private func startTheRouterAndCatchItAtWork() async throws {
        try await stack.router.launch()
        var delivered = 0
        while delivered == 0 {
            delivered = Int(try await stack.redis.cli("XLEN", "sb:{u:\(members[0])}:inbox")) ?? 0
        }
        #expect(delivered < Self.messages, "the router was done before it could be caught")
    }

    private let log = "sb:{p:0}:log"

    private func theRouterIsThrough() async throws {
        try await eventually("the log is routed to its end", within: .seconds(30)) {
            let last = try await stack.redis.cli("XREVRANGE", log, "+", "-", "COUNT", "1")
            let position = try await stack.redis.cli("HGET", "sb:{p:0}:position:router", "id")
            return last.hasPrefix(position + "\n")
        }
    }
}
