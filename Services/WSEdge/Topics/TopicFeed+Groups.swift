import Messaging
import RedisStreams

/// What is different with the feed of a group: only members hear it.
///
/// That a listener's user is a member is asked, in one step with where the feed stands, when it begins. From then on the chain says it: who leaves is named in the log, at a
/// place of its own, and no message behind that place is offered before it. So a listener of a group is never told what does not continue what it had, as one of a topic is behind
/// a gap: where something is missing, it asks again, and goes on where the feed stands.
extension TopicFeed {
    /// Takes in a listener that has heard the group up to a place before: what was said since is announced by a gap. Nil: nothing was missed.
    func admit(_ subscriber: any FeedSubscriber, returningTo place: MessageID?) -> FeedListener {
        let listener = FeedListener(subscriber, returningTo: place)
        begin(listener)
        return listener
    }

    /// Takes in a listener whose user hears the group from a change on, which the session has learned of just now.
    func admit(_ subscriber: any FeedSubscriber, after change: MessageID) -> FeedListener {
        let listener = FeedListener(subscriber, start: .after(change))
        begin(listener)
        return listener
    }

    /// Whether it gets more after this entry; nil for a message that is to be told.
    func admit(_ message: FeedMessage, to listener: FeedListener) -> Bool? {
        guard message.place > listener.machine.place else { return true }
        guard listener.machine.isContinued(by: message.previous) else {
            doubt(listener, .hole)
            return false
        }
        guard let departure = message.departure else { return nil }
        _ = listener.machine.offer(message.place, previous: message.previous)
        listener.start = .after(listener.machine.place)
        switch departure {
        case .unknown: doubt(listener, .departure)
        case .users(let users):
            guard users.contains(listener.subscriber.user) else { return true }
            dismiss(listener, at: message.place)
        }
        return false
    }

    /// It hears nothing until Redis has said that it may.
    func doubt(_ listener: FeedListener, _ doubt: FeedListener.Doubt) {
        listener.doubt = doubt
        listener.start = .now
        listener.isBeginning = true
        change(listener, to: .asking)
        ask(listener)
    }

    /// It may hear the group, which stands at `last`.
    func settle(_ listener: FeedListener, at last: MessageID) {
        let place = listener.heardUpTo
        listener.doubt = nil
        listener.machine.begins(at: last)
        // What was missed may have been said to others only: history knows.
        if let place, last > place { listener.subscriber.missed(feed, after: place) }
    }

    /// It may not. What was said up to where its user left is still for it, where it is not sure to have had that.
    func turnAway(_ listener: FeedListener, _ last: MessageID) {
        if let place = listener.heardUpTo, last > place { listener.subscriber.missed(feed, after: place) }
        dismiss(listener, at: last)
    }

    /// Whether a listener may get a signal, which is in no log: in a group only if nobody can have left of whom it does not know yet.
    func maySignal(_ listener: FeedListener) -> Bool {
        feed.group == nil || machine.isCurrent && listener.machine.state == .joined
    }

    private func dismiss(_ listener: FeedListener, at place: MessageID) {
        remove(listener)
        listener.subscriber.dismissed(feed, at: place)
    }
}
