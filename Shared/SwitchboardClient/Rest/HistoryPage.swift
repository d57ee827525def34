public import Messaging

/// A page of messages as history answers it.
struct HistoryPage: Hashable, Sendable {
    var messages: [FrameFields]
    /// Where the next page begins; nil when there is none.
    var next: MessageID?

    init(messages: [FrameFields], next: MessageID?) {
        self.messages = messages
        self.next = next
    }

    /// Reads `{"messages":[…],"next":…}`; nil when it is no such object.
    init?(_ bytes: [UInt8]) {
        let span = bytes.span
        guard let list = JSONList.value("messages", in: span), !list.isEmpty,
            span[list.lowerBound] == UInt8(ascii: "[")
        else { return nil }
        messages = JSONList.elements(list, in: span).compactMap { FrameFields(span.extracting($0)) }
        if let next = JSONList.value("next", in: span), next.count > 2, span[next.lowerBound] == UInt8(ascii: "\"") {
            let end =
                (next.lowerBound + 1..<next.upperBound).first { span[$0] == UInt8(ascii: "\"") } ?? next.upperBound
            self.next = MessageID(JSONScanner.text(next.lowerBound + 1..<end, isEscaped: false, in: span))
        }
    }
}

/// A page of messages, and where the next one begins.
public struct MessagePage: Hashable, Sendable {
    /// Newest first when asked for with `before` or neither, oldest first with `after`.
    public var messages: [Message]
    /// What to give as `before` or `after` for the next page; nil when there is none.
    public var next: MessageID?

    init(_ page: HistoryPage) {
        messages = page.messages.compactMap(Message.init)
        next = page.next
    }
}
