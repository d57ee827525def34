import HTTPTypes
import Hummingbird
import Messaging
import RedisStreams
import ServiceRuntime

/// `POST /wsTemplate/pullUnreadMessage`: how pages that were made for a Spring server ask for what was sent to their user while nobody was there (docs/protocol.md).
///
/// Here a connection brings that by itself, to every device that is known: such a page would show it twice. So what is answered is what no connection brings: direct
/// messages of others, unread, from before the user's first device was known, and all of them as long as there is none; each once.
struct SpringRoutes: Sendable {
    let history: HistoryRoutes
    let redis: RedisConnection
    let keys: Keys
    /// How far back it looks, in milliseconds: as an inbox does, unless it is told otherwise.
    private static let reach: Int64 = 7 * 86_400_000
    /// The most messages of one answer, about; the next one goes on behind them.
    private static let limit = 1000
    private static let page = 200
    /// How many pages one request reads at most: a user may have been told much that is not for this.
    private static let pages = 25

    func add(to router: Router<RESTContext>) {
        router.post("/wsTemplate/pullUnreadMessage") { request, context in
            let user = try context.requireCaller().user
            var json = JSONText()
            do {
                let unread = try await unread(of: user)
                json.raw(#"{"code":"200""#)
                if !unread.isEmpty {
                    json.raw(#","result":"#)
                    json.list(unread) { $0.string(Self.text(of: $1)) }
                }
            } catch let error where HistoryRoutes.problem(error) != nil {
                // Such pages look at the code in the answer, not at the status.
                json.raw(#"{"code":"500","msg":"#)
                json.string(HistoryRoutes.problem(error)?.detail ?? "")
            }
            json.raw("}")
            return HistoryAnswer.json(json, to: request)
        }
    }

    /// The data of the messages, oldest first. From here on they have been told.
    private func unread(of user: String) async throws -> [[UInt8]] {
        let (mark, hasDevice) = try await PullMark.read(user, redis: redis, keys: keys)
        if let mark, mark.hasDevice, hasDevice { return [] }
        let oldest = StoredID(ms: WallClock.milliseconds - Self.reach, seq: 0)
        var after = max(mark?.id ?? .zero, oldest)
        let read = try await readMarks(of: user)
        var found: [[UInt8]] = []
        for _ in 0..<Self.pages {
            let page = try await history.reader.sync(user: user, after: after, limit: Self.page)
            for item in page.items {
                guard item.conversation.hasPrefix("dm:"), item.message.from != user else { continue }
                if case .deleted = item.message.change { continue }
                if let read = read[item.conversation], item.message.id <= read { continue }
                found.append(item.message.data)
            }
            if let last = page.items.last { after = last.message.id }
            guard page.next != nil, found.count < Self.limit else {
                try await PullMark(id: after, hasDevice: hasDevice && page.next == nil)
                    .write(user, redis: redis, keys: keys)
                return found
            }
        }
        try await PullMark(id: after, hasDevice: false).write(user, redis: redis, keys: keys)
        return found
    }

    private func readMarks(of user: String) async throws -> [String: StoredID] {
        let page = try await history.reader.conversations(of: user, before: .last, limit: Self.page)
        return page.items.reduce(into: [:]) { $0[$1.conversation] = $1.read }
    }

    /// What such a page gets as the body of a message: a text, or JSON as it stands.
    static func text(of data: [UInt8]) -> String {
        guard data.first == UInt8(ascii: "\""), data.count >= 2 else { return String(decoding: data, as: UTF8.self) }
        return JSONScanner.text(1..<data.count - 1, isEscaped: data.contains(UInt8(ascii: "\\")), in: data.span)
    }
}
