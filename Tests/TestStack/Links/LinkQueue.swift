import NIOCore

/// What is on its way in one direction of a link: bytes and the end of the stream, each with the time at which it may leave, in order.
struct LinkQueue {
    /// One thing on its way.
    enum Item: Equatable {
        case bytes(ByteBuffer)
        case end
    }

    private var items: CircularBuffer<(item: Item, due: NIODeadline)> = []
    private var lastDue = NIODeadline.distantPast

    /// When the first item may leave; nil when there is none.
    var firstDue: NIODeadline? { items.first?.due }

    /// Puts something at the end. It never overtakes what came before, also when that was to take longer.
    mutating func put(_ item: Item, now: NIODeadline, delay: Duration) {
        lastDue = max(lastDue, now + TimeAmount(delay))
        items.append((item, lastDue))
    }

    /// Takes the first item, if it may leave by now.
    mutating func take(now: NIODeadline) -> Item? {
        guard let first = items.first, first.due <= now else { return nil }
        items.removeFirst()
        return first.item
    }
}
