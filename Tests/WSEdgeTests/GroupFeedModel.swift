import Messaging
import NIOCore
import RedisStreams

@testable import WSEdge

/// The feed of a group and its listeners in small: members come and go while messages are said, the log forgets, hints are lost, repeated and out of order.
final class GroupFeedModel: FeedLog {
    final class Listener: FeedSubscriber {
        enum Event: Equatable {
            case message(MessageID)
            case gap(after: MessageID)
        }

        let user: String
        var ear: FeedListener?
        var hasRoom = true
        func hasRoom(for feed: Feed) -> Bool { hasRoom }
        var events: [Event] = []
        /// What it is owed: the messages that were said while its user was a member, since the change with which it began to hear.
        var owedSince: [MessageID] = []

        init(_ user: String) { self.user = user }

        func heard(_ message: RoutedMessage) { events.append(.message(message.id)) }
        func signalled(_ signal: RoutedSignal) {}
        func missed(_ feed: Feed, after place: MessageID) { events.append(.gap(after: place)) }
        func joined(_ feed: Feed, at place: MessageID, n: UInt64) {}
        func refused(_ feed: Feed, n: UInt64, _ error: RedisError) {}
        func dismissed(_ feed: Feed, at place: MessageID) { ear = nil }
    }

    let page = 4
    var isConnected = true
    let feed = Feed(group: "g")
    let capacity: Int
    let listeners = (0..<5).map { Listener("u\($0)") }
    var random: SplitMix
    var fails = false
    private(set) lazy var topic = TopicFeed(feed, log: self, renewal: .seconds(15))
    /// Each message with those who were members when it was said.
    private(set) var said: [(place: MessageID, members: Set<String>)] = []
    private(set) var members: Set<String> = []
    private(set) var departures: [(place: MessageID, user: String)] = []
    /// Since which change the members are members.
    private(set) var since: [String: MessageID] = [:]
    private var last = MessageID(milliseconds: 1, sequence: 0)
    private var clock: UInt64 = 1
    private var log: [FeedEntry] = []
    private var isInterested = false
    private var hints: [() -> Void] = []
    private var commands: [() -> (() -> Void)] = []
    private var answers: [() -> Void] = []

    init(seed: UInt64, capacity: Int) {
        random = SplitMix(state: seed)
        self.capacity = capacity
    }

    // MARK: Redis

    func read(
        _ feed: Feed, _ start: ClientFrame.TopicStart, for user: String?, enters: Bool,
        _ completion: @escaping (Result<ReadFeedScript.Page, RedisError>) -> Void
    ) {
        let isLost = fails && Int.random(in: 0..<8, using: &random) == 0
        commands.append { [self] in
            if isLost { return { completion(.failure(RedisError(.disconnected, "no link"))) } }
            var page = ReadFeedScript.Page(last: last, entries: [])
            if let user, !members.contains(user) {
                page.isAllowed = false
                return { [page] in completion(.success(page)) }
            }
            if enters { isInterested = true }
            if case .after(let place) = start {
                page.entries = Array(log.filter { $0.place > place }.prefix(self.page))
            }
            return { [page] in completion(.success(page)) }
        }
    }

    func renew(_ feed: Feed, _ completion: @escaping (MessageID?) -> Void) {
        commands.append { [self] in
            let last = last
            return { completion(last) }
        }
    }

    func withdraw(_ feed: Feed) {}

    // MARK: What happens in the group

    private func next() -> MessageID {
        clock += .random(in: 1...3, using: &random)
        return MessageID(milliseconds: clock, sequence: 0)
    }

    private func append(_ entry: FeedEntry) {
        last = entry.place
        log.append(entry)
        if log.count > capacity { log.removeFirst(log.count - capacity) }
    }

    func say() {
        let entry = FeedEntry(place: next(), previous: last, from: "x", device: "", data: Array("1".utf8))
        append(entry)
        said.append((entry.place, members))
        if isInterested { hints.append { [self] in topic.hint(FeedMessage(feed, entry)) } }
    }

    func join() {
        guard let user = listeners.randomElement(using: &random)?.user, members.insert(user).inserted else { return }
        since[user] = next()
    }

    func leave() {
        guard let user = members.sorted().randomElement(using: &random) else { return }
        members.remove(user)
        let place = next()
        departures.append((place, user))
        let departure = FeedEntry.Departure(Bool.random(using: &random) ? "*" : "nobody \(user)")
        append(FeedEntry(place: place, previous: last, from: "", device: "", data: [], departure: departure))
        if isInterested { hints.append { [self] in topic.look(place) } }
    }

    /// A session notices which groups it is to hear.
    func review() {
        for listener in listeners where listener.ear == nil {
            guard let change = since[listener.user], members.contains(listener.user) else { continue }
            listener.owedSince.append(change)
            listener.ear = topic.admit(listener, after: change)
        }
    }

    // MARK: What gets on with it

    func execute() { if !commands.isEmpty { answers.append(commands.removeFirst()()) } }

    func answer() { if !answers.isEmpty { answers.removeFirst()() } }

    func hint(loses: Bool) {
        guard !hints.isEmpty else { return }
        let index = Bool.random(using: &random) ? 0 : Int.random(in: 0..<min(4, hints.count), using: &random)
        let hint = hints[index]
        switch loses ? Int.random(in: 0..<10, using: &random) : 0 {
        case 1: hints.remove(at: index)
        case 2: hint()
        default:
            hints.remove(at: index)
            hint()
        }
    }

    func changeRoom() { listeners.randomElement(using: &random)?.hasRoom.toggle() }

    func settle() {
        fails = false
        for listener in listeners { listener.hasRoom = true }
        for _ in 0..<4 {
            review()
            while !commands.isEmpty || !answers.isEmpty || !hints.isEmpty {
                execute()
                answer()
                hint(loses: false)
            }
            topic.tick(now: .now())
            topic.renew(.now())
        }
        while !commands.isEmpty || !answers.isEmpty {
            execute()
            answer()
        }
    }
}
