internal import Messaging

/// Helpers to read replies of scripts, with the error that names the script.
extension RedisValue {
    /// The elements of an array of at least `count`.
    func elements(_ script: StaticString, atLeast count: Int = 1) throws(RedisError) -> [RedisValue] {
        guard let elements = array, elements.count >= count else { throw .unexpectedReply(script) }
        return elements
    }

    /// The text of an element.
    func text(_ script: StaticString) throws(RedisError) -> String {
        guard let string else { throw .unexpectedReply(script) }
        return string
    }

    /// The words of a text.
    func words(_ script: StaticString) throws(RedisError) -> ReplyWords {
        guard let data else { throw .unexpectedReply(script) }
        return ReplyWords(data, of: script)
    }

    /// A stream id.
    func id(_ script: StaticString) throws(RedisError) -> MessageID {
        guard let data, let id = MessageID(utf8: data) else { throw .unexpectedReply(script) }
        return id
    }

    /// A number.
    func number(_ script: StaticString) throws(RedisError) -> Int64 {
        guard let int else { throw .unexpectedReply(script) }
        return int
    }
}

extension Duration {
    /// Whole milliseconds, as an argument.
    var argument: RedisArgument { .integer(inMilliseconds) }
}

extension MessageID {
    var argument: RedisArgument { .id(milliseconds: milliseconds, sequence: sequence) }
}
