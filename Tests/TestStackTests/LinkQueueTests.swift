import NIOCore
import Testing

@testable import TestStack

/// What is on its way keeps its order and its times.
@Suite struct LinkQueueTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func bytes(_ text: String) -> LinkQueue.Item { .bytes(ByteBuffer(string: text)) }

    @Test func leavesAtOnceWithoutADelay() {
        var queue = LinkQueue()
        queue.put(bytes("a"), now: start, delay: .zero)
        #expect(queue.take(now: start) == bytes("a"))
        #expect(queue.take(now: start) == nil)
    }

    @Test func leavesWhenItsTimeHasCome() {
        var queue = LinkQueue()
        queue.put(bytes("a"), now: start, delay: .milliseconds(200))
        #expect(queue.take(now: start + .milliseconds(199)) == nil)
        #expect(queue.firstDue == start + .milliseconds(200))
        #expect(queue.take(now: start + .milliseconds(200)) == bytes("a"))
    }

    @Test func whatComesAfterADelayIsOverDoesNotOvertake() {
        var queue = LinkQueue()
        queue.put(bytes("slow"), now: start, delay: .milliseconds(200))
        queue.put(bytes("fast"), now: start + .milliseconds(10), delay: .zero)
        queue.put(.end, now: start + .milliseconds(10), delay: .zero)
        #expect(queue.take(now: start + .milliseconds(100)) == nil)
        let later = start + .milliseconds(200)
        #expect(queue.take(now: later) == bytes("slow"))
        #expect(queue.take(now: later) == bytes("fast"))
        #expect(queue.take(now: later) == .end)
    }
}
