public import Messaging

/// An entry of a stream.
public struct StreamEntry: Sendable {
    public var id: MessageID
    public var fields: StreamFields

    /// An entry of its parts.
    public init(id: MessageID, fields: StreamFields) {
        self.id = id
        self.fields = fields
    }

    /// Reads the reply of XRANGE, or one stream's part of XREAD's.
    static func entries(_ value: RedisValue) throws(RedisError) -> [StreamEntry] {
        var entries: [StreamEntry] = []
        for element in try value.elements("XRANGE", atLeast: 0) {
            let pair = try element.elements("XRANGE", atLeast: 2)
            // The fields of an entry that was deleted meanwhile are nil.
            let fields: StreamFields
            switch pair[1] {
            case .strings(let strings): fields = StreamFields(strings)
            case .array(let parts): fields = StreamFields(parts.map { $0.data ?? [] })
            default: continue
            }
            entries.append(StreamEntry(id: try pair[0].id("XRANGE"), fields: fields))
        }
        return entries
    }

    /// Reads the reply of XREAD: the entries of each stream that has some. Null when the time passed without any.
    package static func streams(_ value: RedisValue) throws(RedisError) -> [(key: String, entries: [StreamEntry])] {
        guard value != .null else { return [] }
        var streams: [(key: String, entries: [StreamEntry])] = []
        for element in try value.elements("XREAD", atLeast: 0) {
            let pair = try element.elements("XREAD", atLeast: 2)
            streams.append((try pair[0].text("XREAD"), try entries(pair[1])))
        }
        return streams
    }
}
