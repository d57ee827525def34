import Hummingbird
import Messaging
import RedisStreams

/// What presence says of users, read from Redis.
struct PresenceReader: Sendable {
    /// One user, as answered. A user never seen is offline since null: presence does not know who exists.
    struct View: ResponseEncodable, Equatable {
        var user: String
        var status: String
        /// In ms; nil for a user never seen.
        var since: Int64?
        /// `away`; to oneself `invisible`, too; nil otherwise.
        var state: String?
        /// The user's own words; nil for none.
        var text: String?
        /// The devices with live sessions, sorted.
        var devices: [String]

        private enum CodingKeys: CodingKey { case user, status, since, state, text, devices }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(user, forKey: .user)
            try container.encode(status, forKey: .status)
            // Null, not absent: the field is always there.
            try container.encode(since, forKey: .since)
            try container.encodeIfPresent(state, forKey: .state)
            try container.encodeIfPresent(text, forKey: .text)
            try container.encode(devices, forKey: .devices)
        }
    }

    private struct Session {
        var incarnation: String
        var device: String
        var isHidden: Bool

        /// Of `<incarnation> <device>`, with ` hidden` where others are not to see it.
        init?(_ text: String) {
            let parts = text.split(separator: " ")
            guard parts.count >= 2 else { return nil }
            incarnation = String(parts[0])
            device = String(parts[1])
            isHidden = parts.count > 2 && parts[2] == "hidden"
        }
    }

    /// Users asked for in one unit, so that a large question does not hold up the others.
    private static let portion = 250

    let redis: RedisConnection
    let keys: Keys
    let edges: EdgeBook

    /// What `viewer` sees of these users, in their order.
    func views(of users: [String], for viewer: String) async throws(RedisError) -> [View] {
        var views: [View] = []
        views.reserveCapacity(users.count)
        for start in stride(from: 0, to: users.count, by: Self.portion) {
            views += try await portion(users[start..<min(start + Self.portion, users.count)], viewer)
        }
        return views
    }

    private func portion(_ users: ArraySlice<String>, _ viewer: String) async throws(RedisError) -> [View] {
        let commands = users.flatMap { user in
            [
                PresenceState.command(keys: keys, user: user),
                RedisCommand("HVALS", .text(keys.sessions(user))),
            ]
        }
        let replies = await redis.execute(commands)
        var sessions: [[Session]] = []
        for place in 0..<users.count {
            let texts = try replies[place * 2 + 1].get().array ?? []
            sessions.append(texts.compactMap(\.string).compactMap { Session($0) })
        }
        let live = try await liveIncarnations(amongst: sessions.lazy.joined().map(\.incarnation))
        var views: [View] = []
        for (place, user) in users.enumerated() {
            let face = try PresenceState.reply(replies[place * 2].get()).face(of: user, to: viewer)
            let isOwn = user == viewer
            let seen = sessions[place].filter {
                live.contains($0.incarnation) && (isOwn || face.isOnline && !$0.isHidden)
            }
            views.append(View(user: user, face, devices: Set(seen.map(\.device)).sorted()))
        }
        return views
    }

    /// The live ones as known; read anew when one is met that is not known.
    private func liveIncarnations(amongst met: [String]) async throws(RedisError) -> Set<String> {
        let known = Set(edges.records.values.map(\.incarnation))
        return met.allSatisfy(known.contains) ? known : try await edges.liveIncarnations()
    }
}

extension PresenceReader.View {
    init(user: String, _ face: PresenceView.Face, devices: [String]) {
        self.init(
            user: user, status: face.isOnline ? "online" : "offline", since: face.since == 0 ? nil : face.since,
            state: face.mode == .online ? nil : face.mode.rawValue, text: face.text.isEmpty ? nil : face.text,
            devices: devices)
    }
}
