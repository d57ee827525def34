extension ServerFrame {
    /// A message, encoded once for everybody: each recipient's frame is a short ``prefix(cursor:)`` of their own and the shared ``tail``.
    public struct Message: Hashable, Sendable {
        /// What follows the prefix, up to the end of the frame.
        public let tail: [UInt8]

        /// Encodes a message. Its time is that of its id.
        ///
        /// - Parameter data: The sender's JSON, untouched.
        public init(id: MessageID, conversation: String, from: String, data: [UInt8]) {
            var json = FrameWriter(
                "\"id\":\"", capacity: data.count + conversation.utf8.count + from.utf8.count + 112)
            json.write(id)
            json.write("\",\"conversation\":\"")
            json.write(conversation)
            json.write("\",\"from\":\"")
            json.write(from)
            json.write("\",\"at\":")
            json.write(id.milliseconds)
            json.write(",\"data\":")
            json.write(data)
            json.write("}")
            tail = json.bytes
        }

        /// What comes before the tail of a message that is in nobody's inbox: of a topic.
        public static let prefix = Array("{\"type\":\"message\",".utf8)

        /// What comes before the tail, for the recipient whose inbox entry is `cursor`.
        public static func prefix(cursor: MessageID) -> [UInt8] {
            var json = FrameWriter("{\"type\":\"message\",\"cursor\":\"", capacity: 72)
            json.write(cursor)
            json.write("\",")
            return json.bytes
        }
    }
}
