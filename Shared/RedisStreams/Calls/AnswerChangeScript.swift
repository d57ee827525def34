public import Messaging

/// Says in the log what became of wishes to change messages.
///
/// `Scripts/answer_change.lua`; keys: the partition's log, and the last entry that was answered (one slot). Atomic, because appending and remembering must be one
/// step: who asks again after a crash, or a second history, must not answer twice. A partition is read in order, so the last entry that was answered tells a repeat.
public enum AnswerChangeScript {
    /// An answer, and the place in the log of the entry that asked.
    public struct Answer: Hashable, Sendable {
        public var asked: MessageID
        public var entry: LogEntry

        /// An answer of its parts.
        public init(asked: MessageID, entry: LogEntry) {
            self.asked = asked
            self.entry = entry
        }
    }

    /// The most answers of one call: a script is not to hold Redis up.
    public static let limit = 100

    /// The call, for at most ``limit`` answers, in the order of what they answer.
    public static func command(keys: Keys, partition: Int, answers: some Collection<Answer>) -> RedisCommand {
        var arguments: [RedisArgument] = []
        for answer in answers {
            let fields = answer.entry.fields
            arguments.append(answer.asked.argument)
            arguments.append(.integer(Int64(fields.count)))
            for part in fields { arguments.append(.bytes(part)) }
        }
        return RedisCommand(
            script: .answerChange, keys: [keys.log(partition), keys.judged(partition)], arguments: arguments)
    }

    /// How many were appended; the others had been before.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Int {
        Int(clamping: try value.number("answer_change"))
    }
}
