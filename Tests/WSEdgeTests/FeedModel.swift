import Messaging
import NIOCore
import RedisStreams

@testable import WSEdge

/// A feed and its listeners in small: Redis, the router's hints and the sockets, with everything that can go wrong between them, driven by chance.
///
/// Redis executes commands one after the other and answers in their order, each when chance has it. Hints are lost, repeated, late and out of order.
final class FeedModel: FeedLog {
    /// A session: what it was sent, and what it was told is missing.
    final class Listener: FeedSubscriber {
        enum Event: Equatable {
            case message(MessageID)
            case gap(after: MessageID)
            case joined(at: MessageID)
        }

        let user = "u"
        var ear: FeedListener?
        var hasRoom = true
        func hasRoom(for feed: Feed) -> Bool { hasRoom }
        var events: [Event] = []
        /// Everything behind this must come; nil until that is known.
        var begin: MessageID?
        var refusals = 0

        func heard(_ message: RoutedMessage) {
            // The body is the place.
            let text = String(buffer: message.tail)
            let data = text.split(separator: "\"data\":\"").last?.prefix { $0 != "\"" }
            if let place = data.flatMap({ MessageID($0) }) { events.append(.message(place)) }
        }

        func signalled(_ signal: RoutedSignal) {}

        func missed(_ feed: Feed, after place: MessageID) { events.append(.gap(after: place)) }

        func joined(_ feed: Feed, at place: MessageID, n: UInt64) { events.append(.joined(at: place)) }

        func refused(_ feed: Feed, n: UInt64, _ error: RedisError) { refusals += 1 }

        func dismissed(_ feed: Feed, at place: MessageID) {}
    }

    let page = 4
    var isConnected = true
    let feed = Feed(topic: "news")
    /// What the log keeps.
    var capacity: Int
    private(set) var appended: [FeedEntry] = []
    private var log: [FeedEntry] = []
    private var isInterested = false
    private var hints: [FeedMessage] = []
    private var commands: [() -> (() -> Void)] = []
    private var answers: [() -> Void] = []
    private(set) lazy var topic = TopicFeed(feed, log: self, renewal: .seconds(15))
    private(set) var listeners: [Listener] = []
    var random: SplitMix
    /// Whether commands fail now and then.
    var fails = false

    init(seed: UInt64, capacity: Int) {
        random = SplitMix(state: seed)
        self.capacity = capacity
    }

    private var last: MessageID { appended.last?.place ?? .zero }

    // MARK: Redis

    func read(
        _ feed: Feed, _ start: ClientFrame.TopicStart, for user: String?, enters: Bool,
        _ completion: @escaping (Result<ReadFeedScript.Page, RedisError>) -> Void
    ) {
        let isLost = fails && Int.random(in: 0..<8, using: &random) == 0
        commands.append { [self] in
            if isLost { return { completion(.failure(RedisError(.disconnected, "no link"))) } }
            if enters { isInterested = true }
            let from: MessageID
            switch start {
            case .now:
                let page = ReadFeedScript.Page(last: last, entries: [])
                return { completion(.success(page)) }
            case .beginning: from = .zero
            case .after(let place): from = place
            }
            let page = ReadFeedScript.Page(last: last, entries: Array(log.filter { $0.place > from }.prefix(page)))
            return { completion(.success(page)) }
        }
    }

    func renew(_ feed: Feed, _ completion: @escaping (MessageID?) -> Void) {
        commands.append { [self] in
            isInterested = true
            let last = last
            return { completion(last) }
        }
    }

    func withdraw(_ feed: Feed) {
        commands.append { [self] in
            isInterested = false
            return {}
        }
    }

    func append() {
        let place = MessageID(milliseconds: last.milliseconds + .random(in: 1...3, using: &random), sequence: 0)
        let entry = FeedEntry(
            place: place, previous: last, from: "x", device: "", data: Array("\"\(place)\"".utf8))
        appended.append(entry)
        log.append(entry)
        if log.count > capacity { log.removeFirst(log.count - capacity) }
        if isInterested { hints.append(FeedMessage(feed, entry)) }
    }

    func execute() { if !commands.isEmpty { answers.append(commands.removeFirst()()) } }

    func answer() { if !answers.isEmpty { answers.removeFirst()() } }

    // MARK: The way from the router

    func hint(loses: Bool) {
        guard !hints.isEmpty else { return }
        let index = Bool.random(using: &random) ? 0 : Int.random(in: 0..<min(4, hints.count), using: &random)
        let hint = hints[index]
        switch loses ? Int.random(in: 0..<10, using: &random) : 0 {
        case 1: hints.remove(at: index)
        case 2: topic.hint(hint)
        default:
            hints.remove(at: index)
            topic.hint(hint)
        }
    }

    // MARK: Sessions

    func listen() {
        let listener = Listener()
        let start: ClientFrame.TopicStart
        switch Int.random(in: 0..<3, using: &random) {
        case 0: start = .now
        case 1: start = .beginning
        default: start = .after(appended.randomElement(using: &random)?.place ?? .zero)
        }
        if case .after(let place) = start { listener.begin = place }
        listeners.append(listener)
        listener.ear = topic.listen(listener, from: start, n: 1)
    }

    func leave() {
        guard let listener = listeners.randomElement(using: &random), let ear = listener.ear else { return }
        topic.remove(ear)
        listener.ear = nil
        listeners.removeAll { $0 === listener }
        if topic.isEmpty { withdraw(feed) }
    }

    func changeRoom() { listeners.randomElement(using: &random)?.hasRoom.toggle() }

    func tick() { topic.tick(now: .now()) }

    func check() { topic.renew(.now()) }

    /// Everything that is under way arrives, every socket drains, and what is open is looked at.
    func settle() {
        fails = false
        for listener in listeners { listener.hasRoom = true }
        for _ in 0..<3 {
            while !commands.isEmpty || !answers.isEmpty || !hints.isEmpty {
                execute()
                answer()
                hint(loses: false)
            }
            tick()
            check()
        }
        while !commands.isEmpty || !answers.isEmpty {
            execute()
            answer()
        }
    }
}
