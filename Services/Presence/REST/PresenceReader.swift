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
        /// The devices with live sessions, sorted.
        var devices: [String]

        private enum CodingKeys: CodingKey { case user, status, since, devices }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(user, forKey: .user)
            try container.encode(status, forKey: .status)
            // Null, not absent: the field is always there.
            try container.encode(since, forKey: .since)
            try container.encode(devices, forKey: .devices)
        }
    }

    /// Users asked for in one unit, so that a large question does not hold up the others.
    private static let portion = 250

    let redis: RedisConnection
    let keys: Keys
    let edges: EdgeBook

    /// What holds of these users, in their order.
    func views(of users: [String]) async throws(RedisError) -> [View] {
        var views: [View] = []
        views.reserveCapacity(users.count)
        for start in stride(from: 0, to: users.count, by: Self.portion) {
            views += try await portion(users[start..<min(start + Self.portion, users.count)])
        }
        return views
    }

    private func portion(_ users: ArraySlice<String>) async throws(RedisError) -> [View] {
        let commands = users.flatMap { user in
            [
                RedisCommand("HMGET", .text(keys.presence(user)), "status", "since"),
                RedisCommand("HVALS", .text(keys.sessions(user))),
            ]
        }
        let replies = await redis.execute(commands)
        var sessions: [[(incarnation: String, device: String)]] = []
        for place in 0..<users.count {
            sessions.append(Self.sessions(try replies[place * 2 + 1].get()))
        }
        let live = try await liveIncarnations(amongst: sessions.lazy.joined().map(\.incarnation))
        var views: [View] = []
        for (place, user) in users.enumerated() {
            let presence = try replies[place * 2].get().array ?? []
            let devices = Set(sessions[place].filter { live.contains($0.incarnation) }.map(\.device))
            views.append(
                View(
                    user: user, status: presence.first?.string ?? "offline", since: presence.last?.int,
                    devices: devices.sorted()))
        }
        return views
    }

    /// The live ones as known; read anew when one is met that is not known.
    private func liveIncarnations(amongst met: [String]) async throws(RedisError) -> Set<String> {
        let known = Set(edges.records.values.map(\.incarnation))
        return met.allSatisfy(known.contains) ? known : try await edges.liveIncarnations()
    }

    private static func sessions(_ value: RedisValue) -> [(incarnation: String, device: String)] {
        (value.array ?? []).compactMap(\.string).compactMap { text in
            let parts = text.split(separator: " ", maxSplits: 1)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
    }
}
