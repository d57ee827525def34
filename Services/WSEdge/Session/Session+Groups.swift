import CoreMetrics
import Messaging
import RedisStreams

/// The large groups of the session's user: their messages are in a log of the group and not in the inbox, and the session hears them without asking.
///
/// A group changes over at a membership change: what was said before it is on the one way, what comes after it on the other. So that a session gets all of it in order, it begins to hear a group
/// only when it has been sent what the inbox held when the group was noted with the user; and when the inbox goes on with a group that is still heard, that has ended.
extension Session {
    /// The session begins.
    ///
    /// - Parameters:
    ///   - cursor: where the device stands in the inbox. What was said in the groups up to some time before that, it has.
    ///   - inbox: the last id that the inbox ever gave.
    func returnToGroups(_ notes: [FeedNote], cursor: MessageID, inbox: MessageID) {
        let floor = floor(of: cursor)
        groupsFloor = floor
        for note in notes {
            if note.isIn {
                // What was said before the user left and came again, the device may lack as well.
                let heard = note.left.map { $0 > floor } == true ? floor : max(floor, note.change)
                groupsDue[note.feed] = (.returning(after: identity.fromStart ? nil : heard), inbox)
            } else {
                if !identity.fromStart, note.change > floor { missed(note.feed, after: floor) }
                groupsEnded[note.feed] = note.change
            }
        }
    }

    /// The groups that are noted now: those that are new are heard from the change on that brought them. Which are no more, their logs say; but of one that came and went
    /// unnoticed, something may have been said.
    func review(_ notes: [FeedNote], inbox: MessageID) {
        for note in notes where groups[note.feed] == nil && groupsDue[note.feed] == nil {
            let ended = groupsEnded[note.feed] ?? groupsFloor
            if let left = note.isIn ? note.left : note.change, ended < left {
                missed(note.feed, after: ended)
                groupsEnded[note.feed] = left
            }
            if note.isIn {
                groupsDue[note.feed] = (.change(max(note.change, groupsEnded[note.feed] ?? .zero)), inbox)
            }
        }
        enterGroups()
    }

    /// Compares with what Redis has: the inbox, and the groups.
    func compare() {
        guard machine.state == .live else { return }
        var notes: [FeedNote] = []
        // In this order: what the inbox was given of a group before that was noted is then below what it is said to hold.
        loop.redis.send(FeedNotes.command(keys: environment.keys, user: user)) { result in
            notes = (try? FeedNotes.reply(result.get())) ?? []
        }
        loop.redis.send(StandingQuery.command(keys: environment.keys, user: user)) { [self] result in
            guard let standing = try? StandingQuery.reply(result.get()) else { return }
            if let revoked = standing.revoked { end(before: revoked) }
            guard machine.state != .ended else { return }
            look(standing.last)
            review(notes, inbox: standing.last)
        }
    }

    /// Begins to hear the groups for which the inbox has been sent far enough.
    func enterGroups() {
        guard !groupsDue.isEmpty, machine.state == .live, !machine.isHeld else { return }
        for (feed, due) in groupsDue where machine.sent >= due.inbox {
            groupsDue[feed] = nil
            groups[feed] = loop.topics.admit(self, to: feed, due.entrance)
        }
    }

    /// A message of the inbox comes next. If it is of a group that is heard, the group is large no more; what its log had behind the last message heard comes no more.
    func endGroup(before message: RoutedMessage) {
        guard !groups.isEmpty, let feed = Feed(message.conversation), let listener = groups[feed] else { return }
        // A refusal goes through the inbox whatever the group is.
        if case .refused = message.change { return }
        // One that was put aside and replayed is older, and ends nothing.
        let place = listener.heardUpTo
        guard message.id > place ?? .zero else { return }
        if let place, listener.doubt != .departure { missed(feed, after: place) }
        groups[feed] = nil
        groupsEnded[feed] = message.id
        loop.topics.remove(listener, from: feed)
    }

    func leaveGroups() {
        for (feed, listener) in groups { loop.topics.remove(listener, from: feed) }
        groups = [:]
        groupsDue = [:]
    }

    func dismissed(_ feed: Feed, at place: MessageID) {
        groups[feed] = nil
        groupsEnded[feed] = max(place, groupsEnded[feed] ?? .zero)
        loop.topics.removed(from: feed)
    }
}
