import Messaging
import RedisStreams

/// All that Redis has of a user, read in one unit.
struct UserRecords {
    struct Device {
        var device: String
        var cursor: MessageID
        var seen: Int64?
        var claimed: MessageID?
    }

    private(set) var at: Int64 = 0
    private(set) var sessions: [(session: String, incarnation: String, device: String)] = []
    private(set) var devices: [Device] = []
    private(set) var last = MessageID.zero
    private(set) var revoked: Int64?
    private(set) var entries = 0
    private(set) var first: MessageID?
    private(set) var status = "offline"
    private(set) var since: Int64?
    private(set) var watchers = 0
    private(set) var closes: [ExplainView.Close] = []
    /// Keys that cannot be read.
    private(set) var broken: [String] = []

    static func read(_ user: String, redis: RedisConnection, keys: Keys) async throws -> UserRecords {
        let results = await redis.execute([
            TimeQuery.command,
            RedisCommand("HGETALL", .text(keys.sessions(user))),
            RedisCommand("HGETALL", .text(keys.devices(user))),
            StandingQuery.command(keys: keys, user: user),
            RedisCommand("XLEN", .text(keys.inbox(user))),
            RedisCommand("XRANGE", .text(keys.inbox(user)), "-", "+", "COUNT", 1),
            RedisCommand("HMGET", .text(keys.presence(user)), "status", "since"),
            RedisCommand("HLEN", .text(keys.watchers(user))),
            RedisCommand("LRANGE", .text(keys.closes(user)), 0, -1),
        ])
        var records = UserRecords()
        /// The reply, or nil when something else stands where it should be read.
        func reply(_ place: Int, _ key: String) throws -> RedisValue? {
            do {
                return try results[place].get()
            } catch {
                guard !error.isOutage else { throw error }
                if !records.broken.contains(key) { records.broken.append(key) }
                return nil
            }
        }
        records.at = try TimeQuery.milliseconds(results[0].get())
        if let value = try reply(1, "sessions") { records.takeSessions(value) }
        if let value = try reply(2, "devices") { records.takeDevices(value) }
        if let value = try reply(3, "marks"), let standing = try? StandingQuery.reply(value) {
            records.last = standing.last
            records.revoked = standing.revoked
        }
        records.entries = Int(try reply(4, "inbox")?.int ?? 0)
        records.first = try reply(5, "inbox")?.array?.first?.array?.first?.data.flatMap { MessageID(utf8: $0) }
        let presence = try reply(6, "presence")?.array ?? []
        records.status = presence.first?.string ?? "offline"
        records.since = presence.last?.int
        records.watchers = Int(try reply(7, "watchers")?.int ?? 0)
        records.closes = (try reply(8, "closes")?.array ?? []).compactMap { $0.string.flatMap(ExplainView.Close.init) }
        return records
    }

    private mutating func takeSessions(_ value: RedisValue) {
        for (session, text) in Self.pairs(value) {
            // The incarnation and the device, and maybe `hidden`.
            let parts = text.split(separator: " ")
            guard parts.count >= 2 else { continue }
            sessions.append((session, String(parts[0]), String(parts[1])))
        }
    }

    private mutating func takeDevices(_ value: RedisValue) {
        for (device, text) in Self.pairs(value) {
            let parts = text.split(separator: " ")
            guard let cursor = parts.first.flatMap({ MessageID(String($0)) }) else { continue }
            devices.append(
                Device(
                    device: device, cursor: cursor, seen: parts.count > 1 ? Int64(parts[1]) : nil,
                    claimed: parts.count > 2 ? MessageID(String(parts[2])) : nil))
        }
        devices.sort { $0.device < $1.device }
    }

    private static func pairs(_ value: RedisValue) -> [(String, String)] {
        let texts = (value.array ?? []).map { $0.string ?? "" }
        return stride(from: 0, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) }
    }
}

extension ExplainView.Close {
    /// Reads what `unregister` has noted, see ``Closing``.
    init?(_ text: String) {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 6, let at = Int64(parts[0]), let code = Int(parts[1]) else { return nil }
        self.init(at: at, code: code, by: parts[2], session: parts[3], device: parts[4], edge: parts[5])
    }
}
