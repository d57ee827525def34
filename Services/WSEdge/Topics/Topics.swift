import Messaging
import NIOCore

/// The feeds that an event loop hears: each for as long as it has a listener, and the one for everybody always.
final class Topics {
    /// How often what was told is compared with where a feed stands, and the interest in it renewed.
    private static let renewal = TimeAmount.seconds(15)

    private let environment: EdgeEnvironment
    private let log: any FeedLog
    private let all: TopicFeed
    private var feeds: [Feed: TopicFeed] = [:]

    init(environment: EdgeEnvironment, log: any FeedLog) {
        self.environment = environment
        self.log = log
        all = TopicFeed(.all, log: log, renewal: min(Self.renewal, environment.configuration.checkInterval))
    }

    subscript(feed: Feed) -> TopicFeed? { feed == .all ? all : feeds[feed] }

    // MARK: Listening

    /// A session that is welcome hears what is said to everybody.
    func joinAll(_ subscriber: any FeedSubscriber) -> FeedListener { all.join(subscriber) }

    func listen(
        _ subscriber: any FeedSubscriber, to feed: Feed, from start: ClientFrame.TopicStart, n: UInt64
    ) -> FeedListener {
        environment.subscriptionsChanged(by: 1)
        return opened(feed).listen(subscriber, from: start, n: n)
    }

    private func opened(_ feed: Feed) -> TopicFeed {
        if let heard = feeds[feed] { return heard }
        let heard = TopicFeed(feed, log: log, renewal: min(Self.renewal, environment.configuration.checkInterval))
        feeds[feed] = heard
        environment.feedsChanged(by: 1)
        return heard
    }

    /// A session hears a large group of its user's: from where it was before, or from the change on by which it is to hear it.
    func admit(_ subscriber: any FeedSubscriber, to feed: Feed, _ entrance: GroupEntrance) -> FeedListener {
        environment.subscriptionsChanged(by: 1)
        let heard = opened(feed)
        switch entrance {
        case .returning(let place): return heard.admit(subscriber, returningTo: place)
        case .change(let change): return heard.admit(subscriber, after: change)
        }
    }

    func restart(_ listener: FeedListener, of feed: Feed, from start: ClientFrame.TopicStart, n: UInt64) {
        self[feed]?.restart(listener, from: start, n: n)
    }

    func remove(_ listener: FeedListener, from feed: Feed) {
        guard listener.index != nil, let heard = self[feed] else { return }
        heard.remove(listener)
        removed(from: feed)
    }

    /// One of its listeners hears the feed no more.
    func removed(from feed: Feed) {
        guard let heard = self[feed] else { return }
        guard feed != .all else { return }
        environment.subscriptionsChanged(by: -1)
        guard heard.isEmpty else { return }
        feeds[feed] = nil
        environment.feedsChanged(by: -1)
        log.withdraw(feed)
    }

    // MARK: What all feeds are told

    /// The edge has a new incarnation, so each feed's interest is entered under it. To be called before any session registers under it: then what is said to
    /// everybody after a session's registration comes behind where that feed begins.
    func adopt() {
        all.begin()
        all.check()
        let now = NIODeadline.now()
        for feed in feeds.values { feed.renew(now) }
    }

    /// News may have been missed.
    func checkAll() {
        all.check()
        for feed in feeds.values { feed.check() }
    }

    func tick(now: NIODeadline) {
        all.tick(now: now)
        for feed in feeds.values { feed.tick(now: now) }
    }
}

@available(*, unavailable)
extension Topics: Sendable {}
