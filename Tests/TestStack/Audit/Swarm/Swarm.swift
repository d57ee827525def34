import Foundation
import Messaging
import NIOCore
import NIOPosix

/// All clients of an audit, over some event loops, each of which writes a file of the record.
final class Swarm: Sendable {
    let plan: AuditPlan
    let names: AuditNames
    /// A token for each user.
    let tokens: [String]
    /// A token that may see everybody's presence.
    let operatorToken: String
    /// What changes each group, by its number: a token of its owner, for a large one with the scope `admin`, which that takes.
    let ownerTokens: [String]
    /// What has to be fetched from sync.
    let gaps: AsyncStream<SwarmLog.Gap>
    private let shards: [(loop: any EventLoop, shard: NIOLoopBound<SwarmShard>)]

    /// Makes the clients; they are not connected yet.
    /// - Parameter folder: where the record is written.
    init(_ plan: AuditPlan, target: AuditTarget, folder: URL, loops: Int = 2) async throws {
        self.plan = plan
        let names = AuditNames(plan)
        self.names = names
        let lifetime = plan.duration + .seconds(86_400)
        let tokens = try (0..<plan.users).map {
            try Token(user: names.user($0), lifetime: lifetime).signed(target.secret)
        }
        self.tokens = tokens
        operatorToken = try Token(user: names.user(0), scopes: ["admin"], lifetime: lifetime).signed(target.secret)
        ownerTokens = try plan.allGroups.map { group in
            let owner = names.user(plan.members(ofGroup: group)[0])
            return try Token(user: owner, scopes: plan.isLarge(group) ? ["admin"] : [], lifetime: lifetime)
                .signed(target.secret)
        }
        let (gaps, continuation) = AsyncStream.makeStream(of: SwarmLog.Gap.self)
        self.gaps = gaps
        let start = NIODeadline.now()
        var shards: [(any EventLoop, NIOLoopBound<SwarmShard>)] = []
        let group = MultiThreadedEventLoopGroup.singleton
        for (number, loop) in group.makeIterator().prefix(loops).enumerated() {
            // Whole users, so that a user's devices share a loop.
            let indices = (0..<plan.users * plan.devices).filter { $0 / plan.devices % loops == number }
            let url = folder.appending(path: "events-\(number).record")
            let shard = try await loop.submit {
                let log = SwarmLog(
                    names: names, edges: target.edges, history: target.history, writer: try RecordWriter(url),
                    start: start, seed: plan.seed &* 1000 &+ UInt64(number), gaps: continuation)
                return NIOLoopBound(
                    SwarmShard(clients: indices, tokens: tokens, log: log, loop: loop), eventLoop: loop)
            }.get()
            shards.append((loop, shard))
        }
        self.shards = shards
    }

    /// Runs something on each loop, with its shard.
    func each<Result: Sendable>(_ body: @escaping @Sendable (SwarmShard) throws -> Result) async throws -> [Result] {
        var results: [Result] = []
        for (loop, shard) in shards { results.append(try await loop.submit { try body(shard.value) }.get()) }
        return results
    }

    /// Connects all clients.
    /// - Throws: ``TestStackError`` when not all are connected in time.
    func connect(within limit: Duration = .seconds(60)) async throws {
        let atOnce = max(1, plan.connecting / shards.count)
        let futures = shards.map { loop, shard in loop.flatSubmit { shard.value.connect(atOnce: atOnce) } }
        let all = EventLoopFuture.andAllSucceed(futures, on: shards[0].loop)
        let timeout = shards[0].loop.makePromise(of: Void.self)
        all.cascade(to: timeout)
        let timer = shards[0].loop.scheduleTask(in: .init(limit)) { [plan] in
            timeout.fail(
                TestStackError(.timedOut, "not all of the \(plan.clients) clients could connect within \(limit)"))
        }
        defer { timer.cancel() }
        try await timeout.futureResult.get()
    }

    func startSending() async throws {
        let start = NIODeadline.now() + .milliseconds(50)
        _ = try await each { $0.startSending(from: start) }
    }

    func stopSending() async throws { _ = try await each { $0.stopSending() } }

    func churn(_ churns: Bool) async throws { _ = try await each { $0.churn(churns) } }

    func gather() async throws { _ = try await each { $0.gather() } }

    func dismiss(_ chosen: Set<Int>) async throws { _ = try await each { $0.dismiss(chosen) } }

    func setEdges(_ urls: [String]) async throws { _ = try await each { $0.log.edges = urls } }

    /// What has happened so far.
    func counts() async throws -> SwarmLog.Counts {
        try await each { $0.counts() }.reduce(into: .init()) { $0.add($1) }
    }

    /// The devices that have a session, and that are to have one.
    func devices() async throws -> (open: Set<Int>, wanted: Set<Int>) {
        let all = try await each { $0.devices() }
        return (Set(all.flatMap(\.open)), Set(all.flatMap(\.wanted)))
    }

    /// The last id accepted in a conversation so far; `0-0` when there is none.
    func lastAccepted(in conversation: ConversationKey) async throws -> MessageID {
        try await each { $0.log.lastAccepted[conversation] ?? .zero }.max() ?? .zero
    }

    /// The last ids accepted in all conversations.
    func lastAccepted() async throws -> [ConversationKey: MessageID] {
        try await each { $0.log.lastAccepted }.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: max) }
    }

    /// The largest id of a feed that has come to a device.
    func place(of device: Int, in conversation: ConversationKey) async throws -> MessageID {
        let (loop, shard) = shards[device / plan.devices % shards.count]
        return try await loop.submit { shard.value.place(of: device, in: conversation) }.get()
    }

    /// Writes events down that did not happen on a loop, in the file of one.
    func record(_ events: [RecordEvent]) async throws {
        try await shards[0].loop.submit { [shard = shards[0].shard] in
            for event in events { shard.value.log.record(event) }
        }.get()
    }

    /// Writes down what a device fetched, in the file of its own loop.
    func recordSynced(_ events: [RecordEvent], device: Int) async throws {
        let (loop, shard) = shards[device / plan.devices % shards.count]
        try await loop.submit {
            for event in events { shard.value.log.record(event) }
            shard.value.log.counts.synced += events.count
        }.get()
    }

    /// Writes the buffers out, so that the record can be read.
    /// - Throws: when the disk did not take it all.
    func flush() async throws {
        _ = try await each { shard in
            shard.log.writer.flush()
            if let failure = shard.log.writer.failure { throw failure }
        }
    }

    /// Notes what was never answered.
    func recordUnanswered() async throws { _ = try await each { $0.clients.forEach { $0.recordUnanswered() } } }

    /// Ends all sessions and closes the record.
    func stop() async {
        for (loop, shard) in shards { try? await loop.submit { shard.value.stop() }.get() }
    }
}
