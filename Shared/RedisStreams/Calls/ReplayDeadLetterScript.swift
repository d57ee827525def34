public import Messaging

/// Has a dead letter handled again.
///
/// `Scripts/replay_dead_letter.lua`; keys: the stream and its dead letters (one slot). Atomic, because appending and taking out must be one step: otherwise it would
/// be handled twice, or never. A dead letter of the log becomes a ``ReplayEntry``, which its group alone handles, in its turn; a session event is appended as it was.
public enum ReplayDeadLetterScript {
    /// The call. `letter`: the dead letter's own id.
    public static func command(
        keys: Keys, group: String, stream: ConsumerConfiguration.Stream, partition: Int, letter: MessageID
    ) -> RedisCommand {
        let how: RedisArgument =
            switch stream {
            case .log: "replay"
            case .sessionEvents: "again"
            }
        return RedisCommand(
            script: .replayDeadLetter,
            keys: [stream.key(partition, keys), keys.deadLetters(partition, group: group)],
            arguments: [letter.argument, .text(group), how])
    }

    /// The id it has in the stream now; nil when there is no such dead letter any more.
    public static func reply(_ value: RedisValue) throws(RedisError) -> MessageID? {
        try value.text("replay_dead_letter").isEmpty ? nil : value.id("replay_dead_letter")
    }
}
