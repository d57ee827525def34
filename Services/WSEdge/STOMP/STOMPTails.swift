import Messaging
import NIOCore
import STOMP

/// The last message that was told over STOMP on an event loop, as bytes: a message for many is encoded once for each way of escaping.
struct STOMPTails {
    private struct Tail {
        var id: MessageID
        var conversation: String
        var isEscaped: Bool
        var bytes: ByteBuffer
    }

    private var last: Tail?

    /// What all frames of a message end with.
    mutating func tail(of message: RoutedMessage, isEscaped: Bool) -> ByteBuffer {
        if let last, last.id == message.id, last.isEscaped == isEscaped, last.conversation == message.conversation {
            return last.bytes
        }
        let frame = message.tail.getBytes(at: message.tail.readerIndex, length: message.tail.readableBytes) ?? []
        let bytes = ByteBuffer(bytes: MessageTail.encode(frame, change: message.change, isEscaped: isEscaped))
        last = Tail(id: message.id, conversation: message.conversation, isEscaped: isEscaped, bytes: bytes)
        return bytes
    }
}
