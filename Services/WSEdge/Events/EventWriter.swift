import Messaging
import NIOCore

/// Writes events of a `text/event-stream`.
///
/// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
enum EventWriter {
    /// The media type.
    static let contentType = "text/event-stream; charset=utf-8"

    /// Writes an event with data of two parts, which may have lines.
    /// - Parameters:
    ///   - id: The client's place from here on; nil leaves it as it is.
    ///   - name: The event's type; nil for `message`.
    static func write(
        id: MessageID? = nil, name: StaticString? = nil, _ head: [UInt8], tail: ByteBuffer = ByteBuffer(),
        to buffer: inout ByteBuffer
    ) {
        if let id {
            buffer.writeStaticString("id: ")
            buffer.writeString(id.description)
            buffer.writeStaticString("\n")
        }
        if let name {
            buffer.writeStaticString("event: ")
            buffer.writeStaticString(name)
            buffer.writeStaticString("\n")
        }
        buffer.writeStaticString("data: ")
        writeLines(head, to: &buffer)
        if tail.readableBytesView.contains(where: isLineEnd) {
            writeLines(Array(tail.readableBytesView), to: &buffer)
        } else {
            buffer.writeImmutableBuffer(tail)
        }
        buffer.writeStaticString("\n\n")
    }

    /// A line of its own that means nothing, so that those on the way see that the stream lives.
    static func writeComment(to buffer: inout ByteBuffer) { buffer.writeStaticString(":\n\n") }

    /// After how many milliseconds the client is to connect again when the stream ends.
    static func writeRetry(_ milliseconds: Int, to buffer: inout ByteBuffer) {
        buffer.writeString("retry: \(milliseconds)\n\n")
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0a || byte == 0x0d }

    /// Each line of the data is a field: what clients write between the parts of their JSON may have any.
    private static func writeLines(_ bytes: [UInt8], to buffer: inout ByteBuffer) {
        var isAfterReturn = false
        for byte in bytes {
            if isLineEnd(byte) {
                // A return and a line feed are one end.
                if byte != 0x0a || !isAfterReturn { buffer.writeStaticString("\ndata: ") }
            } else {
                buffer.writeInteger(byte)
            }
            isAfterReturn = byte == 0x0d
        }
    }
}
