import CoreMetrics
import Messaging
import RedisStreams

/// The logs of feeds, as an event loop reads them: in Redis, or what a test puts in its place.
protocol FeedLog: AnyObject {
    /// Entries of a page, at most.
    var page: Int { get }
    /// Whether it is worth asking.
    var isConnected: Bool { get }
    /// Reads a page; with `enters` this event loop is told of what comes after it. `user`: who must be a member, if the feed is a group's; nil where it is not read for
    /// anybody in particular.
    func read(
        _ feed: Feed, _ start: ClientFrame.TopicStart, for user: String?, enters: Bool,
        _ completion: @escaping (Result<ReadFeedScript.Page, RedisError>) -> Void)
    /// Goes on being told, and asks where the feed stands; nil when that is not known.
    func renew(_ feed: Feed, _ completion: @escaping (MessageID?) -> Void)
    /// Need not be told any more.
    func withdraw(_ feed: Feed)
}

/// The logs of feeds in Redis.
final class RedisFeedLog: FeedLog {
    /// How long an interest holds without being renewed. Longer than an edge's lease: an edge that is no more is not told in any case.
    static let lease = Duration.seconds(45)

    let page = 100
    private unowned let loop: EdgeLoop

    init(loop: EdgeLoop) { self.loop = loop }

    var isConnected: Bool { loop.redis.isConnected }

    private var keys: Keys { loop.environment.keys }

    private var interest: ReadFeedScript.Interest {
        ReadFeedScript.Interest(incarnation: loop.incarnation, loop: loop.number, lease: Self.lease)
    }

    /// Everybody is told of what concerns everybody.
    private func interest(in feed: Feed) -> ReadFeedScript.Interest? { feed == .all ? nil : interest }

    func read(
        _ feed: Feed, _ start: ClientFrame.TopicStart, for user: String?, enters: Bool,
        _ completion: @escaping (Result<ReadFeedScript.Page, RedisError>) -> Void
    ) {
        loop.environment.metrics.feedReads.increment()
        loop.redis.send(
            ReadFeedScript.command(
                keys: keys, feed: feed, start: start, interest: enters ? interest(in: feed) : nil, count: page,
                user: feed.group == nil ? nil : user)
        ) { result in
            completion(Result { () throws(RedisError) in try ReadFeedScript.reply(result.get()) })
        }
    }

    func renew(_ feed: Feed, _ completion: @escaping (MessageID?) -> Void) {
        loop.redis.send(RenewFeedScript.command(keys: keys, feed: feed, interest: interest(in: feed))) { result in
            completion(try? RenewFeedScript.reply(result.get()))
        }
    }

    func withdraw(_ feed: Feed) {
        loop.redis.send(WithdrawFeed.command(keys: keys, feed: feed, interest: interest))
    }
}

@available(*, unavailable)
extension RedisFeedLog: Sendable {}
