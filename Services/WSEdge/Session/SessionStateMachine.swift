import Messaging
import RedisStreams

/// What a session has been sent of its user's inbox, and what is to be done so that it gets everything, once, in order.
///
/// The inbox is the truth, and what the router pushes is a hint: the id of an entry and the one before it. A hint that continues what was sent is
/// sent; any other makes the session read the inbox. While it is pending (being registered) or reading, hints are only noted.
/// The device's own messages are passed over; the chain moves past them all the same.
struct SessionStateMachine {
    enum State {
        /// Registration has not been answered.
        case pending
        case live
        case ended
    }

    /// What to do with a hint.
    enum HintAction: Equatable {
        case none
        case deliver
        /// Read the inbox after this.
        case read(after: MessageID)
    }

    /// What to do with an entry that was read.
    enum EntryAction: Equatable {
        case none
        case deliver
        /// Entries after this are gone: say so, then deliver.
        case gapThenDeliver(after: MessageID)
        /// The same, with nothing to deliver.
        case gap(after: MessageID)
    }

    /// What to do after a page.
    enum PageAction: Equatable {
        case none
        case read(after: MessageID)
        /// What was announced is gone: say so.
        case gap(after: MessageID)
    }

    private(set) var state = State.pending
    /// Up to here everything has been sent, or passed over.
    private(set) var sent = MessageID.zero
    /// The highest id known to have been given in the inbox.
    private(set) var wanted = MessageID.zero
    /// While a read is under way: what was known when it began.
    private var reading: MessageID?
    /// The reader of the socket is slow and the rest was left in the inbox.
    private(set) var waitsForRoom = false
    /// The client does not listen to its inbox: what comes stays there.
    private(set) var isHeld = false
    /// Grows when the session begins to send anew from an earlier place: pages that were asked for before count for nothing.
    private(set) var beginning = 0

    private var hasStarted = false
    /// The last entry that was really sent, and how far the client has acknowledged.
    private var delivered = MessageID.zero
    private var acknowledged = MessageID.zero
    private var flushed = MessageID.zero
    private var passedOver = 0
    /// Up to here all was acknowledged, or passed over, at some time.
    private var cleared = MessageID.zero
    /// What the client itself acknowledged last: unlike ``standing``, without its own messages behind that, for which it has no cursor.
    private(set) var claimed: MessageID?

    // MARK: Registration

    /// Registration was answered. The entries that came with it are to be given to ``entry(cursor:previous:isOwn:)`` next, and then ``pageEnded(isFull:)`` called.
    ///
    /// - Parameters:
    ///   - start: What follows is after this.
    ///   - last: The last id that the inbox ever gave.
    ///   - first: The id before the first entry that came, for a session that takes all that is held whatever was before it; nil otherwise.
    mutating func registered(start: MessageID, last: MessageID, first: MessageID?) {
        guard state == .pending else { return }
        state = .live
        // When it is registered again, what was sent before counts on.
        if !hasStarted {
            hasStarted = true
            sent = max(start, first ?? start)
            delivered = start
            acknowledged = start
            flushed = start
            cleared = sent
        }
        wanted = max(wanted, last)
        // Not what hints have told meanwhile: those may be of after the answer.
        reading = last
        waitsForRoom = false
    }

    /// The registration counts for nothing any more: the edge has a new incarnation. True if the session is to be registered again.
    mutating func lapsed() -> Bool {
        guard state == .live else { return false }
        state = .pending
        reading = nil
        waitsForRoom = false
        return true
    }

    mutating func ended() { state = .ended }

    // MARK: Listening

    /// Nothing more of the inbox is to be sent, until ``listen(again:)``.
    mutating func hold() { isHeld = true }

    /// The client listens to its inbox.
    /// - Parameter again: Also to what it was sent before and has not acknowledged.
    mutating func listen(again: Bool) -> HintAction {
        isHeld = false
        waitsForRoom = false
        if again, acknowledged < delivered {
            wanted = max(wanted, sent)
            // What was settled may be gone from the inbox, the client's own messages behind what it acknowledged too.
            sent = cleared
            delivered = acknowledged
            reading = nil
            beginning += 1
        }
        return retry()
    }

    // MARK: Hints

    /// The router has appended `cursor` to the inbox, after `previous`.
    mutating func hint(cursor: MessageID, previous: MessageID, isOwn: Bool) -> HintAction {
        guard Idea.chain.isOn else { return advance(to: cursor, isOwn: isOwn) ? .deliver : .none }
        guard state == .live, !waitsForRoom, !isHeld, previous <= sent else { return look(cursor) }
        guard cursor > sent else { return .none }
        wanted = max(wanted, cursor)
        return advance(to: cursor, isOwn: isOwn) ? .deliver : .none
    }

    /// The inbox may hold something up to `cursor`.
    mutating func look(_ cursor: MessageID) -> HintAction {
        wanted = max(wanted, cursor)
        return retry()
    }

    /// Reads what is known to be there and was not sent, unless that is under way.
    mutating func retry() -> HintAction {
        guard Idea.chain.isOn, state == .live, reading == nil, !waitsForRoom, !isHeld, wanted > sent else {
            return .none
        }
        reading = wanted
        return .read(after: sent)
    }

    // MARK: Reading

    /// An entry of a page, in order.
    mutating func entry(cursor: MessageID, previous: MessageID, isOwn: Bool) -> EntryAction {
        guard state == .live, cursor > sent else { return .none }
        let before = sent
        let isGap = previous > before
        let delivers = advance(to: cursor, isOwn: isOwn)
        switch (isGap, delivers) {
        case (false, false): return .none
        case (false, true): return .deliver
        case (true, false): return .gap(after: before)
        case (true, true): return .gapThenDeliver(after: before)
        }
    }

    /// All entries of the page were given, or all up to one for which there was no room.
    ///
    /// - Parameter left: The first entry that was not given, for want of room.
    mutating func pageEnded(isFull: Bool, left: MessageID? = nil) -> PageAction {
        guard state == .live, let known = reading else { return .none }
        reading = nil
        if let left {
            wanted = max(wanted, left)
            waitsForRoom = true
            return .none
        }
        if isFull {
            reading = max(wanted, sent)
            return .read(after: sent)
        }
        guard !isHeld else {
            // Whether anything is missing is for whoever listens.
            wanted = max(wanted, known)
            return .none
        }
        guard known <= sent else {
            // The page went to the inbox' end, and what had been announced before it was read is not there.
            let before = sent
            sent = known
            return .gap(after: before)
        }
        guard case .read(let after) = retry() else { return .none }
        return .read(after: after)
    }

    /// The page could not be read: ``retry()`` tries again.
    mutating func pageFailed() { reading = nil }

    /// There is room in the socket again.
    mutating func drained() -> HintAction {
        guard waitsForRoom else { return .none }
        waitsForRoom = false
        return retry()
    }

    /// Moves the chain; true if the entry is to be sent.
    private mutating func advance(to cursor: MessageID, isOwn: Bool) -> Bool {
        sent = cursor
        if isOwn {
            passedOver += 1
            cleared = max(cleared, settled)
            return false
        }
        delivered = cursor
        return true
    }

    // MARK: Acknowledgements

    /// The client has everything up to `cursor`. False if that was never sent.
    mutating func acknowledge(_ cursor: MessageID) -> Bool {
        guard cursor <= sent else { return false }
        claimed = max(claimed ?? .zero, cursor)
        acknowledged = max(acknowledged, cursor)
        cleared = max(cleared, settled)
        return true
    }

    /// Up to where the inbox is needed no more: what the client has, and what follows that was not sent to it because it was its own.
    private var settled: MessageID { acknowledged >= delivered ? sent : acknowledged }

    /// Whether Redis should be told soon. A few own messages passed over can wait for the next occasion.
    var hasAcknowledgement: Bool { acknowledged > flushed || passedOver >= 64 && settled > flushed }

    /// What to tell Redis, if anything is new.
    mutating func takeAcknowledgement() -> MessageID? {
        let settled = settled
        guard settled > flushed else { return nil }
        flushed = settled
        passedOver = 0
        return settled
    }

    /// Redis was told nothing: tell it again at the next occasion.
    mutating func acknowledgementFailed() { flushed = .zero }

    /// The cursor that the device stands at, whether Redis knows it or not. Nil before the first registration was answered.
    var standing: MessageID? { hasStarted ? settled : nil }
}
