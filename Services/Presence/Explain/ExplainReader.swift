import Messaging
import RedisStreams
import ServiceRuntime

/// Puts together what is known of a user: what Redis has, and what the edges with their sessions say.
struct ExplainReader: Sendable {
    let redis: RedisConnection
    let keys: Keys
    let edges: EdgeBook
    let desk: ExplainDesk
    /// Entries that inboxes keep at least.
    let capacity: Int
    /// The edge that a user belongs on, of those alive.
    let place: @Sendable (_ user: String, _ records: [String: EdgeRecord]) -> String?

    /// - Throws: `Problem` 503 when too many are asked about at once, `RedisError`.
    func view(of user: String) async throws -> ExplainView {
        let alive = try await edges.read()
        let records = try await UserRecords.read(user, redis: redis, keys: keys)
        let live = Dictionary(alive.map { ($0.value.incarnation, $0.key) }) { first, _ in first }
        let asked = Set(records.sessions.compactMap { live[$0.incarnation] })
        guard let answers = try await desk.ask(asked, of: user) else {
            throw Problem.busy(
                "\(ExplainDesk.limit) users are being explained already: ask again",
                retryAfter: Int(ExplainDesk.patience.components.seconds))
        }
        let place = place(user, alive)
        return ExplainView(
            user: user, at: records.at, presence: .init(status: records.status, since: records.since),
            place: place.map { .init(edge: $0, url: alive[$0]?.url ?? "") },
            inbox: .init(
                entries: records.entries, capacity: capacity, first: records.first?.description,
                last: records.last.description),
            revoked: records.revoked, watchers: records.watchers,
            devices: records.devices.map { device in
                .init(
                    device: device.device, cursor: device.cursor.description, claimed: device.claimed?.description,
                    seen: device.seen, behind: Self.behind(device.cursor, records.last))
            },
            sessions: Self.sessions(records, live: live, answers: answers),
            edges: asked.sorted().map { .init(edge: $0, answered: answers[$0] != nil, more: answers[$0]?.more) },
            closes: records.closes, broken: records.broken)
    }

    /// The sessions that Redis has, with what their edges say of them, and those that only an edge has.
    static func sessions(
        _ records: UserRecords, live: [String: String], answers: [String: EdgeAnswer]
    ) -> [ExplainView.Session] {
        var sessions: [ExplainView.Session] = []
        var reports: [String: [String: SessionReport]] = [:]
        for (edge, answer) in answers {
            reports[edge] = Dictionary(answer.sessions.map { ($0.session, $0) }) { first, _ in first }
        }
        for known in records.sessions {
            let edge = live[known.incarnation]
            let answer = edge.flatMap { answers[$0] }
            let report = edge.flatMap { reports[$0]?.removeValue(forKey: known.session) }
            sessions.append(
                .init(
                    session: known.session, device: known.device,
                    edge: edge ?? Incarnation(known.incarnation)?.edge ?? known.incarnation,
                    incarnation: known.incarnation, registered: true, alive: edge != nil,
                    // Of a list that was cut off nothing can be said of those that are not in it.
                    held: answer.flatMap { report != nil ? true : $0.more > 0 ? nil : false },
                    age: age(report, at: records.at), behind: behind(report, records.last), details: report))
        }
        for (edge, left) in reports {
            for report in left.values {
                sessions.append(
                    .init(
                        session: report.session, device: report.device, edge: edge,
                        incarnation: live.first { $0.value == edge }?.key ?? edge, registered: false, alive: true,
                        held: true, age: age(report, at: records.at), behind: behind(report, records.last),
                        details: report))
            }
        }
        return sessions.sorted { ($0.device, $0.session) < ($1.device, $1.session) }
    }

    private static func age(_ report: SessionReport?, at now: Int64) -> Int64? {
        report?.since.map { max(0, now - $0) / 1000 }
    }

    private static func behind(_ report: SessionReport?, _ last: MessageID) -> Int64? {
        report?.sent.flatMap { MessageID($0) }.map { behind($0, last) }
    }

    private static func behind(_ cursor: MessageID, _ last: MessageID) -> Int64 {
        guard cursor < last else { return 0 }
        // Entries of the same millisecond differ in their second part only.
        return max(1, Int64(clamping: last.milliseconds) - Int64(clamping: cursor.milliseconds))
    }
}
