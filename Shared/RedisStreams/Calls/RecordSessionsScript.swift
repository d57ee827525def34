public import Messaging

/// Keeps the record of which sessions an incarnation of an edge has, for the sweep after its death.
///
/// `Scripts/record_sessions.lua`; keys: the incarnation's sessions, fence and ended sessions (one slot). Atomic, because comparing and writing must be one step.
/// Two fences hold off what is late: of each partition's stream the last entry that was done, so that a batch that comes again, to this reader or another one, changes
/// nothing; and of each session the sequence of what was done last, so that a beginning that comes after its end brings nothing back.
public enum RecordSessionsScript {
    /// The most ended sessions of an incarnation that are remembered.
    public static let endedLimit = 10_000
    /// The most events of one call.
    public static let limit = 1000

    /// The call.
    /// - Parameters:
    ///   - partition: whose stream the events are of.
    ///   - events: of this incarnation, in the order of the stream, at most ``limit``.
    ///   - memory: how long the fences of an incarnation hold after its last event.
    public static func command(
        keys: Keys, incarnation: String, partition: Int, events: some Collection<(id: MessageID, event: SessionEvent)>,
        memory: Duration = .seconds(86_400)
    ) -> RedisCommand {
        RedisCommand(
            script: .recordSessions,
            keys: [
                keys.incarnation(incarnation), keys.incarnationFence(incarnation), keys.incarnationEnded(incarnation),
            ],
            arguments: [.integer(Int64(partition)), .integer(Int64(endedLimit)), memory.argument]
                + events.flatMap { id, event in
                    [
                        id.argument, .text(event.kind.rawValue), .text(event.session), .text(event.user),
                        .text(String(event.sequence)),
                    ]
                })
    }

    /// How many events changed something.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Int {
        Int(try value.number("record_sessions"))
    }

    /// The user in a record, which an older presence wrote without a sequence.
    public static func user(of record: String) -> String {
        String(record.split(separator: " ", maxSplits: 1).last ?? "")
    }
}
