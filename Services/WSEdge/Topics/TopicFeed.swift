import Messaging
import NIOCore
import RedisStreams

/// A feed as one event loop hears it: told to all of its listeners, in order and each message once.
///
/// Most listeners have joined: they get what the feed is told, and when something is missing one read of the log heals them all. Who begins at an earlier place, or has been
/// left behind because the socket is slow, reads the log for itself in pages until it has caught up. What is told while somebody reads is kept
/// (``recent``), so that even in a feed whose log keeps nothing there is no window between what was read and what is told.
final class TopicFeed {
    /// What is kept of what is told while somebody reads, at most; who needs more reads once more.
    static let recentLimit = (count: 1000, bytes: 1 << 20)

    let feed: Feed
    let log: any FeedLog
    private(set) var machine = FeedStateMachine()
    private(set) var listeners: [FeedListener] = []
    private var asking = 0
    private var behind = 0
    /// What has been told since somebody is asking.
    private var recent: [FeedMessage] = []
    private var recentBytes = 0
    /// Hints that came before it was known where the feed stands.
    private var early: [FeedMessage] = []
    private var isBeginning = false
    private var nextRenewal: NIODeadline
    private let renewal: TimeAmount

    init(_ feed: Feed, log: any FeedLog, renewal: TimeAmount) {
        self.feed = feed
        self.log = log
        self.renewal = renewal
        nextRenewal = .now() + .nanoseconds(.random(in: renewal.nanoseconds / 2...renewal.nanoseconds))
    }

    var isEmpty: Bool { listeners.isEmpty }

    // MARK: Listeners

    /// Takes in a listener that begins somewhere, and answers `n` when it has caught up.
    func listen(_ subscriber: any FeedSubscriber, from start: ClientFrame.TopicStart, n: UInt64) -> FeedListener {
        let listener = FeedListener(subscriber, start: start)
        listener.unanswered = [n]
        begin(listener)
        return listener
    }

    /// Takes in a listener that has to ask where it begins.
    func begin(_ listener: FeedListener) {
        insert(listener)
        asking += 1
        ask(listener)
    }

    /// Takes in a listener that hears what is told from now on.
    func join(_ subscriber: any FeedSubscriber) -> FeedListener {
        let listener = FeedListener(subscriber, joinedAt: machine.told)
        insert(listener)
        return listener
    }

    /// A listener begins anew somewhere, and answers `n` when it has caught up.
    func restart(_ listener: FeedListener, from start: ClientFrame.TopicStart, n: UInt64) {
        if start == .now, listener.machine.state == .joined, machine.state == .live {
            return listener.subscriber.joined(feed, at: listener.machine.place, n: n)
        }
        listener.unanswered.append(n)
        // Who has not caught up goes on from where it is.
        if start == .now, listener.machine.state != .joined { return }
        listener.start = start
        listener.isBeginning = true
        change(listener, to: .asking)
        ask(listener)
    }

    func remove(_ listener: FeedListener) {
        guard let index = listener.index else { return }
        change(listener, to: .joined)
        listener.index = nil
        guard let last = listeners.popLast(), last !== listener else { return }
        listeners[index] = last
        last.index = index
    }

    /// The listener's socket takes more again.
    func resume(_ listener: FeedListener) {
        guard listener.index != nil, listener.machine.state == .behind, log.isConnected else { return }
        change(listener, to: .asking)
        ask(listener)
    }

    private func insert(_ listener: FeedListener) {
        listener.index = listeners.count
        listeners.append(listener)
    }

    func change(_ listener: FeedListener, to state: ListenerStateMachine.State) {
        switch listener.machine.state {
        case .asking: asking -= 1
        case .behind: behind -= 1
        case .joined: break
        }
        switch state {
        case .asking:
            asking += 1
            listener.machine.asks()
        case .behind:
            behind += 1
            listener.machine.fallsBehind()
        case .joined: listener.machine.joins()
        }
        if asking == 0 {
            recent = []
            recentBytes = 0
        }
    }

    // MARK: Catching up

    func ask(_ listener: FeedListener) {
        listener.question += 1
        let question = listener.question
        log.read(feed, listener.start, for: listener.subscriber.user, enters: listener.isBeginning) { [self] result in
            guard listener.index != nil, listener.question == question else { return }
            switch result {
            case .success(let page): apply(page, to: listener)
            case .failure(let error): fail(listener, error)
            }
        }
    }

    private func apply(_ page: ReadFeedScript.Page, to listener: FeedListener) {
        start(at: page.last)
        guard page.isAllowed else { return turnAway(listener, page.last) }
        if listener.isBeginning { begin(listener, page) }
        for entry in page.entries {
            guard offer(FeedMessage(feed, entry), to: listener) else { return }
        }
        guard page.entries.count < log.page else { return ask(listener) }
        if feed.group != nil, page.last > listener.machine.place { return doubt(listener, .hole) }
        if let after = listener.machine.gone(upTo: page.last) { listener.subscriber.missed(feed, after: after) }
        for message in recent where message.place > listener.machine.place {
            if feed.group == nil, !listener.machine.isContinued(by: message.previous), listener.rereads() {
                return ask(listener)
            }
            guard offer(message, to: listener) else { return }
        }
        listener.start = .after(listener.machine.place)
        if listener.machine.place < machine.told, listener.rereads() { return ask(listener) }
        change(listener, to: .joined)
        for n in listener.unanswered { listener.subscriber.joined(feed, at: listener.machine.place, n: n) }
        listener.unanswered = []
        // It may have read what the feed has not been told yet.
        follow(machine.look(listener.machine.place))
    }

    private func begin(_ listener: FeedListener, _ page: ReadFeedScript.Page) {
        listener.isBeginning = false
        if listener.doubt != nil { return settle(listener, at: page.last) }
        switch listener.start {
        case .now: listener.machine.begins(at: page.last)
        case .beginning: listener.machine.begins(at: page.entries.first?.previous ?? page.last)
        case .after(let place):
            if page.isForgotten { listener.subscriber.missed(feed, after: place) }
            // Nobody has heard what was not said: it is of another feed, or Redis has lost it.
            listener.machine.begins(at: min(place, page.last))
        }
    }

    /// False when it was left behind for want of room, or has to ask first whether it may hear more.
    private func offer(_ message: FeedMessage, to listener: FeedListener) -> Bool {
        guard listener.index != nil else { return false }
        guard listener.subscriber.hasRoom(for: feed) else {
            listener.start = .after(listener.machine.place)
            change(listener, to: .behind)
            return false
        }
        if feed.group != nil, let goesOn = admit(message, to: listener) { return goesOn }
        switch listener.machine.offer(message.place, previous: message.previous) {
        case .none: break
        case .deliver: listener.subscriber.heard(message.message)
        case .gapThenDeliver(let after):
            listener.subscriber.missed(feed, after: after)
            listener.subscriber.heard(message.message)
        }
        listener.start = .after(listener.machine.place)
        return true
    }

    private func fail(_ listener: FeedListener, _ error: RedisError) {
        guard listener.isBeginning, !listener.unanswered.isEmpty else { return change(listener, to: .behind) }
        let unanswered = listener.unanswered
        listener.unanswered = []
        change(listener, to: .behind)
        for n in unanswered { listener.subscriber.refused(feed, n: n, error) }
    }

    // MARK: Hints

    /// The router has appended a message.
    func hint(_ message: FeedMessage) {
        switch machine.hint(message.place, previous: message.previous) {
        case .tell: tell(message)
        case .hold: if early.count < Self.recentLimit.count { early.append(message) }
        case let action: follow(action)
        }
    }

    /// The log may hold something up to this place.
    func look(_ place: MessageID) { follow(machine.look(place)) }

    private func tell(_ message: FeedMessage) {
        if asking > 0 { keep(message) }
        for listener in listeners where listener.machine.state == .joined { _ = offer(message, to: listener) }
    }

    private func keep(_ message: FeedMessage) {
        recent.append(message)
        recentBytes += message.size
        guard recent.count > Self.recentLimit.count || recentBytes > Self.recentLimit.bytes else { return }
        // By halves, so that it costs little each.
        for dropped in recent.prefix((recent.count + 1) / 2) { recentBytes -= dropped.size }
        recent.removeFirst((recent.count + 1) / 2)
    }

    // MARK: Reading

    /// Asks where the feed stands, when there is no listener whose page tells.
    func begin() {
        guard machine.state == .starting, !isBeginning else { return }
        isBeginning = true
        log.read(feed, .now, for: nil, enters: true) { [self] result in
            isBeginning = false
            if case .success(let page) = result { start(at: page.last) }
        }
    }

    private func start(at place: MessageID) {
        guard machine.started(at: place) else { return }
        for listener in listeners { listener.machine.starts(at: place) }
        let held = early
        early = []
        for message in held { hint(message) }
        follow(machine.retry())
    }

    private func follow(_ action: FeedStateMachine.HintAction) {
        if case .read(let after) = action { read(after: after) }
    }

    private func read(after place: MessageID) {
        log.read(feed, .after(place), for: nil, enters: false) { [self] result in
            guard case .success(let page) = result else { return machine.pageFailed() }
            for entry in page.entries where machine.entry(entry.place) { tell(FeedMessage(feed, entry)) }
            switch machine.pageEnded(last: page.last, isFull: page.entries.count >= log.page) {
            case .none: break
            case .read(let after): read(after: after)
            case .gone(let place): lose(upTo: place)
            }
        }
    }

    private func lose(upTo place: MessageID) {
        for listener in listeners where listener.machine.state == .joined {
            if feed.group != nil {
                if place > listener.machine.place { doubt(listener, .hole) }
                continue
            }
            guard let after = listener.machine.gone(upTo: place) else { continue }
            listener.subscriber.missed(feed, after: after)
        }
        follow(machine.retry())
    }

    // MARK: Time

    /// Once a second.
    func tick(now: NIODeadline) {
        guard log.isConnected else { return }
        // Where listeners ask, their pages tell.
        if machine.state == .starting, asking == 0 { begin() }
        follow(machine.retry())
        if behind > 0 {
            for listener in listeners
            where listener.machine.state == .behind && listener.subscriber.hasRoom(for: feed) { resume(listener) }
        }
        if now >= nextRenewal { renew(now) }
    }

    /// Compares within the next two seconds: hints may have been missed.
    func check() {
        let soon = NIODeadline.now() + .milliseconds(.random(in: 0...2000))
        nextRenewal = min(nextRenewal, soon)
    }

    /// Goes on being told, and compares what was told with where the feed stands, so that even a hint that was lost with nothing after it heals.
    func renew(_ now: NIODeadline) {
        nextRenewal = now + renewal
        log.renew(feed) { [self] last in
            if let last { look(last) }
        }
    }
}

@available(*, unavailable)
extension TopicFeed: Sendable {}
