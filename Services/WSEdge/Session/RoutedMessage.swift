import Messaging
import NIOCore

/// A message on its way to sessions, or what became of one, encoded once for all of them.
struct RoutedMessage: Sendable {
    /// The sender and their device, which does not get it back.
    let from: String
    let device: String
    /// The message's id, or that of the change.
    let id: MessageID
    let conversation: String
    /// The JSON of the frame from the message's id on, see ``ServerFrame/Message``.
    let tail: ByteBuffer
    /// Where the sender's JSON and the attachments stand in the tail.
    let data: Range<Int>
    let attachments: Range<Int>
    /// What became of an earlier message; nil for a message.
    let change: MessageChange?

    init(
        id: MessageID, conversation: String, from: String, device: String, data: [UInt8], attachments: [UInt8] = [],
        change: MessageChange? = nil
    ) {
        self.from = from
        self.device = device
        self.id = id
        self.conversation = conversation
        self.change = change
        let message = ServerFrame.Message(
            id: id, conversation: conversation, from: from, data: data, attachments: attachments, change: change)
        tail = ByteBuffer(bytes: message.tail)
        self.data = message.data
        self.attachments = message.attachments
    }

    init(_ entry: InboxEntry) {
        self.init(
            id: entry.id, conversation: entry.conversation, from: entry.from, device: entry.device, data: entry.data,
            attachments: entry.attachments, change: entry.change)
    }

    /// Whether a device passes over it: it is what that device said itself, or what concerns another one alone.
    func isPassedOver(by device: String, of user: String) -> Bool {
        guard let change else { return from == user && self.device == device }
        return !change.isFor(device: device, askedBy: self.device)
    }
}

extension InboxEntry {
    /// The same of an entry that may not have to be encoded.
    func isPassedOver(by device: String, of user: String) -> Bool {
        guard let change else { return from == user && self.device == device }
        return !change.isFor(device: device, askedBy: self.device)
    }
}

/// A signal on its way to sessions.
struct RoutedSignal: Sendable {
    /// The sender and their device, which does not get it back.
    let from: String
    let device: String
    let to: String
    let data: [UInt8]
    let frame: ByteBuffer

    init(from: String, device: String, to: String, data: [UInt8]) {
        self.from = from
        self.device = device
        self.to = to
        self.data = data
        frame = ByteBuffer(bytes: ServerFrame.signal(from: from, to: to, data: data))
    }
}

/// A read mark on its way to sessions.
struct RoutedRead: Sendable {
    /// The reader and their device, which does not get it back.
    let user: String
    let device: String
    let frame: ByteBuffer

    init(conversation: String, user: String, device: String, id: MessageID) {
        self.user = user
        self.device = device
        frame = ByteBuffer(bytes: ServerFrame.read(conversation: conversation, user: user, id: id))
    }
}
