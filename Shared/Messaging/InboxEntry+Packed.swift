/// The form in which a message stands in the inbox: one field, `message`, instead of one for each of its parts, as each costs Redis a fifth of a microsecond or more.
///
/// A line of the message's id, conversation, sender and device, with a blank between each two (the device may be empty, and none of them has a blank in it),
/// then the client's JSON, untouched: `1795328372967-0 dm:alice:bob alice phone`, a line feed, `{"text":"hello"}`.
extension InboxEntry {
    /// A message in that form.
    public static func message(
        id: MessageID, conversation: String, from: String, device: String, data: [UInt8]
    ) -> [UInt8] {
        var text = FrameWriter(
            "", capacity: conversation.utf8.count + from.utf8.count + device.utf8.count + data.count + 48)
        text.write(id)
        for part in [conversation, from, device] {
            text.write(" ")
            text.write(part)
        }
        text.write("\n")
        text.write(data)
        return text.bytes
    }

    /// Reads that form.
    init(
        previous: MessageID, message: [UInt8], attachments: [UInt8], change: MessageChange?
    ) throws(MessagingError) {
        let end = message.firstIndex(of: UInt8(ascii: "\n"))
        let parts = message[..<(end ?? 0)].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard let end, parts.count == 4, let id = MessageID(utf8: parts[0]),
            let conversation = String(validating: parts[1], as: UTF8.self),
            let from = String(validating: parts[2], as: UTF8.self),
            let device = String(validating: parts[3], as: UTF8.self)
        else {
            throw MessagingError(
                .badEntry,
                "the inbox entry's field 'message' does not begin with a line of id, conversation, sender and device")
        }
        self.init(
            previous: previous, id: id, conversation: conversation, from: from, device: device,
            data: Array(message[(end + 1)...]), attachments: attachments, change: change)
    }
}
