import Messaging
import NIOCore

/// A message on its way to sessions, encoded once for all of them.
struct RoutedMessage: Sendable {
    /// The sender and their device, which does not get it back.
    let from: String
    let device: String
    let id: MessageID
    let conversation: String
    /// The JSON of the frame from the message's id on, see ``ServerFrame/Message``.
    let tail: ByteBuffer

    init(id: MessageID, conversation: String, from: String, device: String, data: [UInt8]) {
        self.from = from
        self.device = device
        self.id = id
        self.conversation = conversation
        tail = ByteBuffer(
            bytes: ServerFrame.Message(id: id, conversation: conversation, from: from, data: data).tail)
    }

    init(_ entry: InboxEntry) {
        self.init(
            id: entry.id, conversation: entry.conversation, from: entry.from, device: entry.device, data: entry.data)
    }
}

/// A signal on its way to sessions.
struct RoutedSignal: Sendable {
    /// The sender and their device, which does not get it back.
    let from: String
    let device: String
    let frame: ByteBuffer

    init(from: String, device: String, to: String, data: [UInt8]) {
        self.from = from
        self.device = device
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
