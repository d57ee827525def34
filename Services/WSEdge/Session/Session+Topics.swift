import Authentication
import CoreMetrics
import Messaging
import RedisStreams

/// What the client wants to hear besides what is for its user.
extension Session {
    /// Requests to subscribe to one topic that may wait for it at once.
    private static let unansweredLimit = 64

    /// Whether this session may do something with a topic now.
    func may(_ right: TopicRules.Right, _ topic: String) -> Bool {
        environment.configuration.topicRules.allow(right, topic: topic, scopes: scopes, grants: grants)
    }

    // MARK: Requests

    func subscribe(n: UInt64, to topic: String, from start: ClientFrame.TopicStart) {
        guard admits(.frame, n: n) else { return }
        guard may(.subscribe, topic) else {
            return fail(.forbidden, "field 'topic': this user may not subscribe to the topic '\(topic)'", n: n)
        }
        let feed = Feed(topic: topic)
        if let listener = feed == .all ? everybody : listeners[feed] {
            guard listener.unanswered.count < Self.unansweredLimit else {
                return fail(
                    .busy, "the topic '\(topic)' has to be caught up with first: try again after retryAfter ms", n: n,
                    retryAfter: Refusal.pause)
            }
            return loop.topics.restart(listener, of: feed, from: start, n: n)
        }
        guard listeners.count < environment.configuration.topicsPerSession else {
            return fail(
                .badRequest,
                "field 'topic' would be one more than the \(environment.configuration.topicsPerSession) topics of a session: unsubscribe from others",
                n: n)
        }
        listeners[feed] = loop.topics.listen(self, to: feed, from: start, n: n)
    }

    func unsubscribe(n: UInt64, from topic: String) {
        guard admits(.frame, n: n) else { return }
        let feed = Feed(topic: topic)
        guard feed != .all else {
            return fail(.badRequest, "field 'topic' is 'all', which every session hears", n: n)
        }
        leave(feed)
        transport?.say(.ok(n: n, after: nil))
    }

    // MARK: Beginning and end

    /// From the welcome on, the session hears what is said to everybody.
    func joinAll() { everybody = loop.topics.joinAll(self) }

    func leaveTopics() {
        for (feed, listener) in listeners { loop.topics.remove(listener, from: feed) }
        listeners = [:]
        leaveGroups()
        if let everybody { loop.topics.remove(everybody, from: .all) }
        everybody = nil
    }

    /// The token is another: what it does not allow is heard no more.
    func reviewTopics() {
        for feed in Array(listeners.keys) {
            guard let topic = feed.topic, !may(.subscribe, topic) else { continue }
            leave(feed)
            fail(.forbidden, "field 'token' no longer lets this user subscribe to the topic '\(topic)': unsubscribed")
        }
    }

    /// The socket takes bytes again.
    func topicsDrained() {
        for (feed, listener) in listeners where listener.machine.state == .behind {
            loop.topics[feed]?.resume(listener)
        }
        for (feed, listener) in groups where listener.machine.state == .behind {
            loop.topics[feed]?.resume(listener)
        }
        if let everybody, everybody.machine.state == .behind { loop.topics[.all]?.resume(everybody) }
    }

    private func leave(_ feed: Feed) {
        guard let listener = listeners.removeValue(forKey: feed) else { return }
        // Requests that were waiting are answered: nothing more comes of them.
        for n in listener.unanswered {
            fail(.badRequest, "unsubscribed before the topic had been caught up with", n: n)
        }
        listener.unanswered = []
        loop.topics.remove(listener, from: feed)
    }
}

extension Session: FeedSubscriber {
    func hasRoom(for feed: Feed) -> Bool {
        guard let transport else { return false }
        // These come unasked, beside the inbox.
        if machine.isHeld, feed.group != nil || feed == .all && !transport.hearsEverybody { return false }
        return transport.pendingBytes < environment.configuration.outboundLimit / 2
    }

    func heard(_ message: RoutedMessage) {
        guard !message.isPassedOver(by: device, of: user) || isEchoed(message) else { return }
        transport?.deliver(message, cursor: nil)
        environment.metrics.topicDelivered.increment()
    }

    /// Whether it is said back to who said it.
    private func isEchoed(_ message: RoutedMessage) -> Bool {
        message.change == nil && transport?.hearsItself == true && Conversation(message.conversation)?.groupID == nil
    }

    func missed(_ feed: Feed, after place: MessageID) {
        environment.metrics.topicGaps.increment()
        transport?.say(.topicGap(conversation: feed.description, after: place))
    }

    func joined(_ feed: Feed, at place: MessageID, n: UInt64) {
        transport?.say(.ok(n: n, after: place))
    }

    func refused(_ feed: Feed, n: UInt64, _ error: RedisError) {
        if let listener = listeners.removeValue(forKey: feed) { loop.topics.remove(listener, from: feed) }
        let isOutage = error.isOutage
        fail(
            isOutage ? .busy : .internalError,
            isOutage
                ? "the topic's log cannot be reached: subscribe again after retryAfter ms"
                : "the topic's log cannot be read",
            n: n, retryAfter: isOutage ? Refusal.pause : nil)
    }
}
