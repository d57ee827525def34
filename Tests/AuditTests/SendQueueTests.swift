import NIOCore
import Testing

@testable import TestStack

struct SendQueueTests {
    private func queue(_ messages: Int) -> SendQueue {
        var queue = SendQueue()
        for _ in 0..<messages {
            let n = queue.next()
            queue.add(n, .init(text: "\(n)", to: "user:bob", conversation: .none, due: .uptimeNanoseconds(0)))
        }
        return queue
    }

    private func take(_ queue: inout SendQueue) -> [String] {
        var taken: [String] = []
        while let next = queue.take() { taken.append(next.message.text) }
        return taken
    }

    @Test func soManyAreUnderWayAtOnce() {
        var queue = queue(100)
        #expect(take(&queue) == (1...32).map(String.init))
        _ = queue.answered(1)
        #expect(take(&queue) == ["33"])
    }

    @Test func whatWasPutOffGoesOutAgainBeforeWhatCameLater() {
        var queue = queue(34)
        _ = take(&queue)
        queue.putOff(3)
        #expect(take(&queue) == ["3"])
    }

    @Test func nothingGoesOutFarPastTheOldestUnansweredOne() {
        var queue = queue(100)
        var last = ""
        // All are answered but the first.
        for _ in 0..<100 {
            for text in take(&queue) {
                last = text
                if let n = UInt64(text), n != 1 { _ = queue.answered(n) }
            }
        }
        #expect(last == "49")
    }

    @Test func afterAReconnectTheUnansweredGoOutAgainInOrder() {
        var queue = queue(4)
        _ = take(&queue)
        _ = queue.answered(2)
        queue.startOver()
        #expect(take(&queue) == ["1", "3", "4"])
    }
}
