import FoundationEssentials
import Messaging
import RedisStreams

/// Routes the entries of one partition, for as long as its lease is held: finds the recipients, delivers, tells the edges.
///
/// Everything is in the order of the log: a chunk is sent when the one before has succeeded, and a membership change when all before it has. Any
/// failure throws, and the whole batch comes again: what had been delivered is then known to the scripts by its id and only makes the edges look.
actor PartitionRouter {
    /// In groups larger than this, a read mark goes to the reader's own devices only: told to each of a thousand members, each of whom reads,
    /// it would be a million tellings for one message.
    static let sharedReadLimit = 100

    /// What a router works with.
    struct Tools: Sendable {
        var redis: RedisConnection
        var keys: Keys
        var edges: LiveEdgeSet
        var writer: EdgeWriter
        var deadLetters: DeadLetters
        var metrics: MessageRouterMetrics
        var limits = DeliveryPlanner.Limits()
        /// Entries that an inbox keeps at least.
        var inboxCapacity = 1000
        /// How long an inbox is kept after its last entry.
        var inboxRetention = Duration.seconds(7 * 86_400)
    }

    private let partition: Int
    private let tools: Tools
    private var reader: GroupReader
    private var groups = GroupCache()
    private var planner: DeliveryPlanner
    private var fanout = EdgeFanout()
    /// The ids of the messages of the chunk under way, for the latency.
    private var sent: [MessageID] = []
    /// Canaries of edges, by edge, that are to be returned when all before them has been done.
    private var canaries: [String: EdgeBatch] = [:]

    init(partition: Int, tools: Tools) {
        self.partition = partition
        self.tools = tools
        reader = GroupReader(redis: tools.redis, keys: tools.keys)
        planner = DeliveryPlanner(limits: tools.limits)
    }

    /// Routes a batch.
    /// - Throws: whatever kept it from being done as a whole.
    func route(_ batch: PartitionBatch) async throws {
        planner = DeliveryPlanner(limits: tools.limits)
        fanout = EdgeFanout()
        sent = []
        canaries = [:]
        reader.timeline = batch.timeline
        var entries: [(entry: StreamEntry, read: Result<LogEntry, MessagingError>)] = []
        entries.reserveCapacity(batch.entries.count)
        for entry in batch.entries {
            entries.append((entry, Result { () throws(MessagingError) in try LogEntry(fields: entry.fields) }))
        }
        tools.metrics.batch(entries: entries.count { (try? $0.read.get().kind) != .canary })
        try await loadGroups(of: entries.compactMap { try? $0.read.get().conversation.groupID })
        for (entry, read) in entries {
            do {
                try await route(read.get(), id: entry.id)
            } catch let error as MessagingError {
                try await tools.deadLetters.put(entry.id, partition: partition, reason: error.description)
                tools.metrics.poisoned()
            }
        }
        for signal in batch.signals { try await route(signal) }
        try await flush()
        try await tools.writer.write(canaries.map { (edge: $0.key, batch: $0.value) })
    }

    // MARK: Entries

    private func route(_ entry: LogEntry, id: MessageID) async throws {
        switch entry.kind {
        case .message:
            let users = try await recipients(of: entry.conversation)
            guard !users.isEmpty else { return tools.metrics.undeliverable() }
            tools.metrics.message(recipients: users.count)
            try await add(
                .message(
                    id: id,
                    DeliverScript.Entry(
                        conversation: entry.conversation.description, from: entry.from, device: entry.device,
                        data: entry.data)),
                to: users)
        case .member:
            guard let group = entry.conversation.groupID else {
                throw MessagingError(.badEntry, "a membership change of a conversation that is no group")
            }
            guard let change = try? JSONDecoder().decode(MembershipChange.self, from: Data(entry.data)) else {
                throw MessagingError(.badEntry, "the membership change in the field 'data' cannot be read")
            }
            try await apply(change, to: group, id: id)
        case .read:
            guard let upTo = MessageID(utf8: entry.data) else {
                throw MessagingError(.badEntry, "the read mark in the field 'data' is no message id")
            }
            var users = try await recipients(of: entry.conversation)
            guard users.contains(entry.from) else { return tools.metrics.undeliverable() }
            if users.count > Self.sharedReadLimit { users = [entry.from] }
            try await add(
                .read(
                    conversation: entry.conversation.description, user: entry.from, device: entry.device, id: upTo),
                to: users)
        case .canary:
            // Those of routers are for history; and what is not known here is no fault of the log.
            guard let canary = Canary(entry), canary.origin == .edge else { return }
            canaries[canary.name, default: EdgeBatch()].items.append(
                .canary(partition: partition, life: canary.life, number: canary.number))
        }
    }

    /// A signal that cannot be read, or whose sender may not send there, is dropped: it is stored nowhere.
    private func route(_ signal: StreamEntry) async throws {
        guard let entry = try? SignalEntry(fields: signal.fields),
            let conversation = entry.to.conversation(from: entry.from)
        else { return tools.metrics.undeliverable() }
        let users = try await recipients(of: conversation)
        guard users.contains(entry.from) else { return tools.metrics.undeliverable() }
        try await add(
            .signal(
                from: entry.from, device: entry.device, to: entry.to.description,
                at: Int64(clamping: signal.id.milliseconds), data: entry.data),
            to: users)
    }

    /// First to the marks of all concerned, then to the member set: from then on nothing older can be delivered to them, whoever tries.
    private func apply(_ change: MembershipChange, to id: String, id version: MessageID) async throws {
        try await flush()
        let group = try await group(id)
        for chunk in planner.add(.mark(id: version), to: group.concerned(by: change)) { try await deliver(chunk) }
        try await flush()
        let reply = try ApplyMembershipScript.reply(
            await tools.redis.execute(
                ApplyMembershipScript.command(keys: tools.keys, group: id, version: version, change: change),
                on: reader.timeline))
        switch reply {
        case .applied where group.version < version: groups[id] = group.applying(change, version: version)
        case .applied, .outdated, .full, .unknown: groups[id] = nil
        }
        tools.metrics.membershipChange()
    }

    // MARK: Recipients

    private func recipients(of conversation: Conversation) async throws -> Set<String> {
        switch conversation.kind {
        case .direct(let one, let other): [one, other]
        case .group(let id): try await group(id).members
        // Topics have a log of their own, which is not written yet.
        case .topic: []
        }
    }

    private func group(_ id: String) async throws -> Group {
        if let group = groups[id] { return group }
        let group = try await reader.group(id) ?? .absent
        groups[id] = group
        return group
    }

    /// Loads the groups of a batch that are not cached, in one go.
    private func loadGroups(of ids: [String]) async throws {
        var missing: Set<String> = []
        for id in ids where !missing.contains(id) && groups[id] == nil { missing.insert(id) }
        guard !missing.isEmpty else { return }
        let ids = Array(missing)
        let found = try await reader.groups(ids)
        for id in ids { groups[id] = found[id] ?? .absent }
    }

    // MARK: Delivery

    private func add(_ dispatch: Dispatch, to users: Set<String>) async throws {
        for chunk in planner.add(dispatch, to: users) { try await deliver(chunk) }
    }

    private func flush() async throws {
        if let chunk = planner.finish() { try await deliver(chunk) }
    }

    private func deliver(_ chunk: DeliveryPlanner.Chunk) async throws {
        let replies = await tools.redis.execute(
            chunk.deliveries.map { command($0, of: chunk) }, on: reader.timeline)
        var outcomes: [DeliverScript.Reply] = []
        outcomes.reserveCapacity(replies.count)
        for (delivery, reply) in zip(chunk.deliveries, replies) {
            let outcome = try outcome(of: chunk.dispatches[delivery.dispatch].dispatch, reply.get())
            guard outcome != .outOfOrder else { throw RoutingError.outOfOrder }
            outcomes.append(outcome)
        }
        let edges = try await tools.edges.edges(of: Self.incarnations(outcomes))
        for (delivery, outcome) in zip(chunk.deliveries, outcomes) {
            let (number, dispatch) = chunk.dispatches[delivery.dispatch]
            spread(dispatch, number: number, user: delivery.user, outcome, edges)
        }
        for case (_, .message(let id, _)) in chunk.dispatches where sent.last != id { sent.append(id) }
        tools.metrics.delivered(chunk.deliveries.count)
        guard chunk.isWhole else { return }
        let targets = fanout.targets
        let batches = fanout.take()
        try await tools.writer.write(batches)
        tools.metrics.pushed(sent, entries: batches.count, targets: targets)
        sent = []
    }

    private func command(_ delivery: DeliveryPlanner.Delivery, of chunk: DeliveryPlanner.Chunk) -> RedisCommand {
        switch chunk.dispatches[delivery.dispatch].dispatch {
        case .message(let id, let entry):
            DeliverScript.command(
                keys: tools.keys, user: delivery.user, partition: partition, message: id, after: delivery.after,
                entry: entry, capacity: tools.inboxCapacity, retention: tools.inboxRetention)
        case .mark(let id):
            DeliverScript.command(
                keys: tools.keys, user: delivery.user, partition: partition, message: id, after: delivery.after,
                entry: nil)
        case .read, .signal:
            SessionsQuery.command(keys: tools.keys, user: delivery.user)
        }
    }

    private func outcome(of dispatch: Dispatch, _ value: RedisValue) throws(RedisError) -> DeliverScript.Reply {
        switch dispatch {
        case .message, .mark: try DeliverScript.reply(value)
        case .read, .signal: .known(last: .zero, incarnations: try SessionsQuery.reply(value))
        }
    }

    private func spread(
        _ dispatch: Dispatch, number: Int, user: String, _ outcome: DeliverScript.Reply, _ edges: [String: String]
    ) {
        switch outcome {
        case .appended(let cursor, let previous, let incarnations):
            for incarnation in incarnations {
                guard let edge = edges[incarnation] else { continue }
                fanout.add(dispatch, number: number, user: user, link: (cursor, previous), edge: edge)
            }
        case .known(let last, let incarnations):
            for incarnation in incarnations {
                guard let edge = edges[incarnation] else { continue }
                if case .message = dispatch {
                    fanout.look(user: user, cursor: last, edge: edge)
                } else {
                    fanout.add(dispatch, number: number, user: user, edge: edge)
                }
            }
        case .moved, .outOfOrder: break
        }
    }

    private static func incarnations(_ outcomes: [DeliverScript.Reply]) -> Set<String> {
        var all: Set<String> = []
        for outcome in outcomes {
            switch outcome {
            case .appended(_, _, let incarnations), .known(_, let incarnations): all.formUnion(incarnations)
            case .moved, .outOfOrder: break
            }
        }
        return all
    }
}
