import Messaging
import NIOCore

extension SwarmClient {
    /// Requests to subscribe have numbers from here on, which no message comes to.
    static let subscribing: UInt64 = 1 << 40

    /// Hears a topic from where it left off; for the first time from its beginning, so that nothing is missed before the answer.
    func subscribe(to topic: Int) {
        let after = places[.topic(topic)]?.description ?? "0"
        let name = log.names.topic(topic)
        write(speech.subscribe(Self.subscribing + UInt64(topic), to: name, after: after))
    }

    /// The edge could not read the topic just now.
    func subscribeAgain(to topic: Int, after wait: UInt64) {
        let (bound, session) = (NIOLoopBound(self, eventLoop: loop), session)
        loop.scheduleTask(in: .milliseconds(Int64(clamping: max(10, wait)))) {
            guard bound.value.isOpen, bound.value.session == session else { return }
            bound.value.subscribe(to: topic)
        }
    }
}
