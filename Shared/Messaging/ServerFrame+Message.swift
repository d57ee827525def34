extension ServerFrame {
    /// A message, encoded once for everybody: each recipient's frame is a short ``prefix(cursor:)`` of their own and the shared ``tail``.
    public struct Message: Hashable, Sendable {
        /// What follows the prefix, up to the end of the frame.
        public let tail: [UInt8]
        /// Where the sender's JSON stands in the tail; empty where there is none as it was sent: with a deletion and a refusal.
        public let data: Range<Int>
        /// Where the attachments stand in the tail; empty for none.
        public let attachments: Range<Int>

        /// Encodes a message, or what became of one. Its time is that of its id.
        ///
        /// - Parameters:
        ///   - id: The message's id, or the change's.
        ///   - data: The sender's JSON, untouched; with a refusal the reason, as text.
        ///   - attachments: As JSON; empty for none.
        ///   - change: What became of an earlier message; nil for a message.
        public init(
            id: MessageID, conversation: String, from: String, data: [UInt8], attachments: [UInt8] = [],
            change: MessageChange? = nil
        ) {
            var json = FrameWriter(
                "\"id\":\"",
                capacity: data.count + attachments.count + conversation.utf8.count + from.utf8.count + 160)
            let message: MessageID
            switch change {
            case nil, .unknown: message = id
            case .edited(let changed), .deleted(let changed), .refused(let changed, _, _): message = changed
            }
            json.write(message)
            json.write("\",\"conversation\":\"")
            json.write(conversation)
            if case .refused(_, let n, let code) = change {
                json.write("\",\"n\":")
                json.write(n)
                json.write(",\"code\":\"")
                json.write(code.rawValue)
                json.write("\",\"message\":")
                json.writeEscaped(String(decoding: data, as: UTF8.self))
                json.write(",\"change\":\"")
                json.write(id)
                json.write("\"}")
                tail = json.bytes
                self.data = 0..<0
                self.attachments = 0..<0
                return
            }
            json.write("\",\"from\":\"")
            json.write(from)
            json.write("\",\"at\":")
            json.write(id.milliseconds)
            if change != nil {
                json.write(",\"change\":\"")
                json.write(id)
                json.write("\"")
            }
            switch change {
            case .deleted: self.data = 0..<0
            default:
                json.write(",\"data\":")
                self.data = json.bytes.count..<json.bytes.count + data.count
                json.write(data)
            }
            if attachments.isEmpty {
                self.attachments = 0..<0
            } else {
                json.write(",\"attachments\":")
                self.attachments = json.bytes.count..<json.bytes.count + attachments.count
                json.write(attachments)
            }
            json.write("}")
            tail = json.bytes
        }

        /// What comes before the tail of a message that is in nobody's inbox: of a topic.
        public static let prefix = Array("{\"type\":\"message\",".utf8)

        /// What comes before the tail, for the recipient whose inbox entry is `cursor`.
        public static func prefix(cursor: MessageID) -> [UInt8] { prefix("message", cursor) }

        /// What comes before the tail of what became of a message, for the recipient whose inbox entry is `cursor`; nil where it is in nobody's inbox.
        public static func prefix(of change: MessageChange, cursor: MessageID?) -> [UInt8] {
            let type =
                switch change {
                case .edited: "edited"
                case .deleted: "deleted"
                case .refused: "error"
                case .unknown: "unknown"
                }
            return cursor.map { prefix(type, $0) } ?? Array("{\"type\":\"\(type)\",".utf8)
        }

        private static func prefix(_ type: String, _ cursor: MessageID) -> [UInt8] {
            var json = FrameWriter("{\"type\":\"", capacity: 72)
            json.write(type)
            json.write("\",\"cursor\":\"")
            json.write(cursor)
            json.write("\",")
            return json.bytes
        }
    }
}
