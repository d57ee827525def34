package import Messaging
package import RedisStreams
import TestStack

/// Plays edges whose sessions come and go by the thousand: writes what edges write, straight into the session events and the users' sessions, and judges what presence makes
/// of it. Some events are repeated late; one edge may die.
package actor ChurnDriver {
    private struct Session {
        var id: String
        var edge: Int
    }

    private let redis: RedisConnection
    private let keys: Keys
    private let partitions: Int
    private let plan: ChurnPlan
    private var random: Generator
    private var sessions: [[Session]]
    private var sequences: [UInt64]
    private var count = 0
    private var late: [SessionEvent] = []
    private var renewed = ContinuousClock.now - .seconds(60)
    private var isDoomedAlive = false
    /// When the lease of the edge that dies was renewed last, by Redis' clock.
    private var lastRenewal: Int64 = 0
    private var result = ChurnResult()

    package init(redis: RedisConnection, keys: Keys = Keys(), partitions: Int = 16, plan: ChurnPlan) {
        self.redis = redis
        self.keys = keys
        self.partitions = partitions
        self.plan = plan
        random = Generator(state: plan.seed)
        sessions = Array(repeating: [], count: plan.users)
        sequences = Array(repeating: 0, count: plan.edges + 1)
    }

    /// Does all of it. The edges live on until ``judge(grace:within:)`` is done.
    package func run(progress: @Sendable (Int) -> Void = { _ in }) async throws {
        try await renew(take: true)
        if plan.doomed > 0 { try await bringDoomed() }
        let clock = ContinuousClock()
        let start = clock.now
        var done = 0
        while done < plan.operations {
            let due =
                plan.rate == 0
                ? done + 500 : min(plan.operations, Int((clock.now - start) / .milliseconds(1)) * plan.rate / 1000)
            if due > done {
                try await operate(min(plan.operations, min(due, done + 2000)) - done)
                done = min(plan.operations, min(due, done + 2000))
                progress(done)
            } else {
                try await Task.sleep(for: .milliseconds(10))
            }
            if isDoomedAlive, done > plan.operations / 2 {
                // Its last renewal.
                isDoomedAlive = false
                lastRenewal = try await redis.now()
                try await renew([plan.edges], lease: plan.lease, take: false)
            }
            try await renew()
        }
        try await write(late.map { announce($0) })
        late = []
        result.operations = done
        result.seconds = (clock.now - start) / .seconds(1)
    }

    // MARK: Sessions

    private func incarnation(_ edge: Int) -> String { "churn-\(edge):boot" }
    private func user(_ number: Int) -> String { "churn-u\(number)" }
    private func doomedUser(_ number: Int) -> String { "churn-d\(number)" }

    private func operate(_ count: Int) async throws {
        var commands: [RedisCommand] = []
        for _ in 0..<count {
            let number = Int(random.next() % UInt64(plan.users))
            let isFull = sessions[number].count >= 3
            if sessions[number].isEmpty || !isFull && random.next() % 2 == 0 {
                connect(number, &commands)
            } else {
                let place = Int(random.next() % UInt64(sessions[number].count))
                disconnect(number, sessions[number].remove(at: place), &commands)
            }
            if late.count > 200 { commands.append(announce(late.removeFirst())) }
        }
        try await write(commands)
    }

    private func connect(_ number: Int, _ commands: inout [RedisCommand]) {
        count += 1
        let session = Session(id: "s\(count)", edge: Int(random.next() % UInt64(plan.edges)))
        sessions[number].append(session)
        say(.connect, user(number), session, &commands)
        commands.append(register(user(number), session))
    }

    private func disconnect(_ number: Int, _ session: Session, _ commands: inout [RedisCommand]) {
        commands.append(
            UnregisterScript.command(
                keys: keys, user: user(number), sessions: [session.id], incarnation: incarnation(session.edge)))
        say(.disconnect, user(number), session, &commands)
    }

    private func register(_ user: String, _ session: Session) -> RedisCommand {
        RegisterScript.command(
            keys: keys, user: user, session: session.id, incarnation: incarnation(session.edge), device: session.id,
            cursor: nil, claimed: nil, fromStart: false, issuedAt: .max)
    }

    private func say(_ kind: SessionEvent.Kind, _ user: String, _ session: Session, _ commands: inout [RedisCommand]) {
        sequences[session.edge] += 1
        let event = SessionEvent(
            kind: kind, user: user, device: session.id, session: session.id, incarnation: incarnation(session.edge),
            sequence: sequences[session.edge])
        commands.append(announce(event))
        if plan.repeats > 0, random.next() % UInt64(plan.repeats) == 0 { late.append(event) }
    }

    private func announce(_ event: SessionEvent) -> RedisCommand {
        AnnounceScript.command(
            keys: keys, partition: Partition.of(event.user, count: partitions), event: event, limit: 10_000_000)
    }

    private func bringDoomed() async throws {
        for start in stride(from: 0, to: plan.doomed, by: 1000) {
            var commands: [RedisCommand] = []
            for number in start..<min(start + 1000, plan.doomed) {
                let session = Session(id: "d\(number)", edge: plan.edges)
                say(.connect, doomedUser(number), session, &commands)
                commands.append(register(doomedUser(number), session))
            }
            try await write(commands)
            try await renew()
        }
        isDoomedAlive = true
        try await eventually("the doomed are online", within: .seconds(120)) {
            try await renew()
            return try await online((0..<plan.doomed).map(doomedUser)).count == plan.doomed
        }
    }

    private func write(_ commands: [RedisCommand]) async throws {
        for start in stride(from: 0, to: commands.count, by: 2000) {
            let portion = Array(commands[start..<min(start + 2000, commands.count)])
            for reply in await redis.execute(portion) { _ = try reply.get() }
        }
    }

    /// A machine that is slow for a while must not kill any edge: they have time.
    private func renew(take: Bool = false) async throws {
        let now = ContinuousClock.now
        guard take || now - renewed > .seconds(3) else { return }
        renewed = now
        let hasDoomed = plan.doomed > 0 && (take || isDoomedAlive)
        try await renew(Array(0..<plan.edges) + (hasDoomed ? [plan.edges] : []), lease: .seconds(3600), take: take)
    }

    private func renew(_ edges: [Int], lease: Duration, take: Bool) async throws {
        for edge in edges {
            let record = EdgeRecord(
                incarnation: incarnation(edge), url: "", sessions: 0, draining: false, since: 0, expires: 0)
            _ = try await redis.execute(
                RenewEdgeScript.command(
                    keys: keys, edge: "churn-\(edge)", record: record, lease: lease, take: take))
        }
    }

    // MARK: Judging

    /// Those of these users of whom presence says that they are online.
    private func online(_ users: [String]) async throws -> Set<String> {
        var online: Set<String> = []
        for start in stride(from: 0, to: users.count, by: 2000) {
            let portion = users[start..<min(start + 2000, users.count)]
            let replies = await redis.execute(portion.map { PresenceState.command(keys: keys, user: $0) })
            for (user, reply) in zip(portion, replies)
            where try PresenceState.reply(reply.get()).own.isOnline { online.insert(user) }
        }
        return online
    }

    /// Waits until presence says what is so, and compares everything.
    /// - Parameter limit: how long that may take.
    package func judge(within limit: Duration) async throws -> ChurnResult {
        let names = (0..<plan.users).map(user)
        let doomed = (0..<plan.doomed).map(doomedUser)
        let truth = Set((0..<plan.users).filter { !sessions[$0].isEmpty }.map(user))
        let deadline = ContinuousClock.now + limit
        var told: Set<String> = []
        repeat {
            try await renew()
            told = try await online(names + doomed)
            if told == truth { break }
            try await Task.sleep(for: .milliseconds(200))
        } while ContinuousClock.now < deadline
        result.wrong = told.symmetricDifference(truth).count
        try await judgeSessions(names)
        try await judgeRecords()
        try await judgeTransitions(names, truth)
        return result
    }

    private func judgeSessions(_ names: [String]) async throws {
        let replies = await redis.execute(
            names.map { RedisCommand("HKEYS", .text(keys.sessions($0))) }
                + (0..<plan.doomed).map { RedisCommand("HKEYS", .text(keys.sessions(doomedUser($0)))) })
        for (place, reply) in replies.enumerated() {
            let found = Set(try reply.get().array?.compactMap(\.string) ?? [])
            let right = place < names.count ? Set(sessions[place].map(\.id)) : []
            result.wrongSessions += found.symmetricDifference(right).count
        }
    }

    private func judgeRecords() async throws {
        var right: [Set<String>] = Array(repeating: [], count: plan.edges + 1)
        for session in sessions.joined() { right[session.edge].insert(session.id) }
        for edge in right.indices {
            let found = try await redis.texts("HKEYS", .text(keys.incarnation(incarnation(edge))))
            result.wrongRecords += Set(found).symmetricDifference(right[edge]).count
        }
    }

    private func judgeTransitions(_ names: [String], _ truth: Set<String>) async throws {
        var all: [String: [(at: Int64, transition: PresenceTransition)]] = [:]
        for partition in 0..<partitions {
            for entry in try await entries(keys.transitions(partition)) {
                let transition = try PresenceTransition(fields: entry.fields)
                result.transitions += 1
                if all[transition.user]?.contains(where: { $0.transition == transition }) == true {
                    result.repeated += 1
                } else {
                    all[transition.user, default: []].append((Int64(entry.id.milliseconds), transition))
                }
            }
        }
        var doomedAt: [Int64] = []
        for number in 0..<plan.doomed {
            let offline = (all[doomedUser(number)] ?? []).filter { !$0.transition.isOnline }
            if offline.isEmpty { result.doomedUntold += 1 }
            if offline.count > 1 { result.doomedTwice += 1 }
            doomedAt += offline.map(\.at)
        }
        if let first = doomedAt.min(), let last = doomedAt.max() {
            result.doomedFirst = Double(first - lastRenewal) / 1000
            result.doomedLast = Double(last - lastRenewal) / 1000
        }
        var latencies: [Int64] = []
        var meanwhile: [Int64] = []
        for name in names {
            let told = (all[name] ?? []).sorted { $0.transition.since < $1.transition.since }
            let alternates = zip(told, told.dropFirst()).allSatisfy {
                $0.transition.isOnline != $1.transition.isOnline && $0.transition.since < $1.transition.since
            }
            if !alternates || (told.last?.transition.isOnline ?? false) != truth.contains(name) {
                result.wrongTransitions += 1
            }
            for (at, transition) in told where transition.isOnline {
                latencies.append(at - transition.since)
                if let first = doomedAt.min(), let last = doomedAt.max(), at >= first, at <= last {
                    meanwhile.append(at - transition.since)
                }
            }
        }
        (result.told, result.doomedTold) = (latencies, doomedAt.map { $0 - lastRenewal })
        result.latency = .init(latencies)
        result.latencyMeanwhile = .init(meanwhile)
    }

    private func entries(_ key: String) async throws -> [StreamEntry] {
        var all: [StreamEntry] = []
        var after = "-"
        while true {
            let reply = try await redis.execute(
                RedisCommand("XRANGE", .text(key), .text(after), "+", "COUNT", 5000))
            let page = reply.array ?? []
            for entry in page {
                guard let parts = entry.array, parts.count == 2,
                    let id = parts[0].data.flatMap({ MessageID(utf8: $0) }),
                    let fields = parts[1].array
                else { continue }
                all.append(StreamEntry(id: id, fields: StreamFields(fields.map { $0.data ?? [] })))
            }
            guard page.count == 5000, let last = all.last else { return all }
            after = "(\(last.id)"
        }
    }
}

/// A small generator whose numbers a seed makes. Source: https://prng.di.unimi.it/splitmix64.c
private struct Generator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
