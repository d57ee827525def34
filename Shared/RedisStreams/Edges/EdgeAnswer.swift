internal import FoundationEssentials
public import Messaging

/// What an edge answers to ``EdgeBatch/Item/explain(user:request:instance:)``: an entry of the asking instance's stream.
///
/// Stream fields in this order: `request`, `edge`, `sessions` (an array of ``SessionReport`` as JSON), `more` (how many there are besides).
public struct EdgeAnswer: Hashable, Sendable {
    /// The most sessions that are reported.
    public static let limit = 100
    private static let retention = Duration.seconds(60)
    private static let length: Int64 = 1000

    public var request: String
    public var edge: String
    public var sessions: [SessionReport]
    /// How many sessions there are besides those reported.
    public var more: Int

    /// The answer of an edge: at most ``limit`` sessions of those given.
    public init(request: String, edge: String, sessions: [SessionReport]) {
        self.request = request
        self.edge = edge
        self.sessions = Array(sessions.prefix(Self.limit))
        more = sessions.count - self.sessions.count
    }

    /// Reads an entry's fields; nil for what is no answer.
    public init?(fields: StreamFields) {
        guard let request = try? fields.text("request", at: 0), let edge = try? fields.text("edge", at: 1),
            let json = fields.value("sessions", at: 2),
            let sessions = try? JSONDecoder().decode([SessionReport].self, from: Data(json))
        else { return nil }
        self.init(request: request, edge: edge, sessions: sessions)
        more += (try? fields.text("more", at: 3)).flatMap { Int($0) } ?? 0
    }

    /// The calls that write it: the stream keeps 1,000 answers, and goes away a minute after the last one.
    public func commands(keys: Keys, instance: String) -> [RedisCommand] {
        let key = keys.explanations(instance)
        let json = (try? JSONEncoder().encode(sessions)).map { Array($0) } ?? Array("[]".utf8)
        return [
            RedisCommand(
                "XADD", .text(key), "MAXLEN", "~", .integer(Self.length), "*", "request", .text(request), "edge",
                .text(edge), "sessions", .bytes(json), "more", .integer(Int64(more))),
            RedisCommand("PEXPIRE", .text(key), Self.retention.argument),
        ]
    }
}
