/// A signal on its way from an edge to the router: typing and the like, for who is online now.
///
/// Stream fields in this order: `from`, `device`, `to`, `data`.
public struct SignalEntry: Hashable, Sendable {
    public var from: String
    public var device: String
    public var to: Destination
    /// The client's JSON, untouched.
    public var data: [UInt8]

    /// A signal of its parts.
    public init(from: String, device: String, to: Destination, data: [UInt8]) {
        self.from = from
        self.device = device
        self.to = to
        self.data = data
    }

    /// Reads a stream entry's fields.
    /// - Throws: ``MessagingError`` `badEntry`, naming the field.
    public init(fields: StreamFields) throws(MessagingError) {
        guard let to = Destination(try fields.text("to", at: 2)) else {
            throw MessagingError(.badEntry, "the signal's field 'to' is no destination")
        }
        guard let data = fields.value("data", at: 3) else {
            throw MessagingError(.badEntry, "the signal's field 'data' is missing")
        }
        self.init(from: try fields.text("from", at: 0), device: try fields.text("device", at: 1), to: to, data: data)
    }

    /// The fields for XADD.
    public var fields: [[UInt8]] {
        [
            Array("from".utf8), Array(from.utf8), Array("device".utf8), Array(device.utf8),
            Array("to".utf8), Array(to.description.utf8), Array("data".utf8), data,
        ]
    }
}
