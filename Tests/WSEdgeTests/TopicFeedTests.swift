import Messaging
import NIOCore
import RedisStreams
import Testing

@testable import WSEdge

/// All who hear a feed get everything, once, in order, whatever comes between.
@Suite struct TopicFeedTests {
    /// What is wrong with what a listener was sent.
    private func faults(_ listener: FeedModel.Listener, _ model: FeedModel) -> [String] {
        var faults: [String] = []
        var place = listener.begin
        // After a gap it is not told where it ends: with the next message at the latest.
        var isOpen = false
        for event in listener.events {
            switch event {
            case .joined(let at):
                if !isOpen, let before = place, before != at { faults.append("joined at \(at) after \(before)") }
                place = at
            case .message(let id):
                // One that begins with everything is told where by its first message.
                if let before = place {
                    if id <= before { faults.append("\(id) after \(before)") }
                    let entry = model.appended.first { $0.place == id }
                    if !isOpen, let entry, entry.previous > before {
                        faults.append("\(id) without what is before it")
                    }
                }
                place = id
                isOpen = false
            case .gap(let after):
                if let before = place, isOpen ? after < before : after != before {
                    faults.append("a gap after \(after) at \(before)")
                }
                place = after
                isOpen = true
            }
        }
        let last = model.appended.last?.place ?? .zero
        if listener.ear != nil, !isOpen, place ?? last != last {
            faults.append("ends at \(String(describing: place)) of \(last)")
        }
        return faults
    }

    private func run(_ model: FeedModel, steps: Int) {
        for _ in 0..<steps {
            switch Int.random(in: 0..<20, using: &model.random) {
            case 0...5: model.append()
            case 6...9: model.hint(loses: true)
            case 10...12: model.execute()
            case 13...15: model.answer()
            case 16: if model.listeners.count < 5 { model.listen() }
            case 17: Int.random(in: 0..<4, using: &model.random) == 0 ? model.leave() : model.changeRoom()
            case 18: model.tick()
            default: model.check()
            }
        }
        model.settle()
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func everythingComesOnceAndInOrder(_ seed: UInt64) {
        let model = FeedModel(seed: seed, capacity: 100_000)
        run(model, steps: 400)
        for listener in model.listeners {
            #expect(faults(listener, model) == [])
            #expect(!listener.events.contains { if case .gap = $0 { true } else { false } })
        }
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func whatIsTrimmedIsSaidToBeMissing(_ seed: UInt64) {
        let model = FeedModel(seed: seed, capacity: Int(seed % 7))
        run(model, steps: 400)
        for listener in model.listeners { #expect(faults(listener, model) == []) }
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func aRedisThatFailsNowAndThenCostsNothing(_ seed: UInt64) {
        let model = FeedModel(seed: seed, capacity: 100_000)
        model.fails = true
        run(model, steps: 400)
        for listener in model.listeners where listener.refusals == 0 { #expect(faults(listener, model) == []) }
    }

    @Test func aLostHintIsHealedByOneReadForAll() {
        let model = FeedModel(seed: 1, capacity: 100)
        for _ in 0..<10 { model.listen() }
        model.settle()
        let log = CountingLog(model)
        let feed = TopicFeed(model.feed, log: log, renewal: .seconds(15))
        let listeners = (0..<10).map { _ in FeedModel.Listener() }
        for listener in listeners { listener.ear = feed.listen(listener, from: .now, n: 1) }
        model.settle()
        log.reads = 0
        model.append()
        model.append()
        let last = model.appended[1]
        feed.hint(FeedMessage(model.feed, last))
        model.settle()
        #expect(log.reads == 1)
        for listener in listeners {
            #expect(listener.events == [.joined(at: .zero)] + model.appended.map { .message($0.place) })
        }
    }

    @Test func aFeedWhoseLogKeepsNothingHasNoWindowWhileSomebodyBegins() {
        let model = FeedModel(seed: 1, capacity: 0)
        model.append()
        model.listen()
        let listener = model.listeners[0]
        // In Redis it is entered, and has not heard of it yet, when the next message is told.
        model.execute()
        model.append()
        model.append()
        model.hint(loses: false)
        model.hint(loses: false)
        model.answer()
        model.settle()
        #expect(faults(listener, model) == [])
        let messages = listener.events.filter { if case .message = $0 { true } else { false } }
        #expect(messages == model.appended.suffix(2).map { .message($0.place) })
    }

    @Test func moreThanIsKeptWhileSomebodyReadsIsReadAndNotTakenForMissing() {
        let model = FeedModel(seed: 1, capacity: 100_000)
        model.append()
        let other = FeedModel.Listener()
        other.ear = model.topic.listen(other, from: .now, n: 1)
        model.settle()
        let listener = FeedModel.Listener()
        listener.begin = model.appended[0].place
        listener.ear = model.topic.listen(listener, from: .after(model.appended[0].place), n: 1)
        // Its page is read, and on its way while more is told than is kept.
        model.execute()
        for _ in 0..<TopicFeed.recentLimit.count + 10 {
            model.append()
            model.hint(loses: false)
        }
        model.settle()
        #expect(faults(listener, model) == [])
        let messages = listener.events.filter { if case .message = $0 { true } else { false } }
        #expect(messages == model.appended.dropFirst().map { .message($0.place) })
        #expect(!listener.events.contains { if case .gap = $0 { true } else { false } })
    }

    @Test func aRedisThatHasForgottenWhatWasToldIsNotAskedForItForEver() {
        let log = PlainLog()
        let feed = TopicFeed(Feed(topic: "news"), log: log, renewal: .seconds(15))
        let early = FeedModel.Listener()
        log.last = MessageID(milliseconds: 5, sequence: 0)
        early.ear = feed.listen(early, from: .now, n: 1)
        // It lost its last writes, or nothing was said in the topic for a month.
        log.last = MessageID(milliseconds: 3, sequence: 0)
        let late = FeedModel.Listener()
        late.ear = feed.listen(late, from: .now, n: 1)
        #expect(log.reads < 5)
        #expect(late.events == [.joined(at: log.last)])
        let next = MessageID(milliseconds: 6, sequence: 0)
        let entry = FeedEntry(
            place: next, previous: log.last, from: "x", device: "", data: Array("\"\(next)\"".utf8))
        feed.hint(FeedMessage(feed.feed, entry))
        #expect(early.events.last == .message(next) && late.events.last == .message(next))
    }

    @Test func whoIsSlowIsLeftBehindAndCatchesUp() {
        let model = FeedModel(seed: 5, capacity: 100)
        model.listen()
        model.settle()
        let listener = model.listeners[0]
        listener.hasRoom = false
        for _ in 0..<20 { model.append() }
        for _ in 0..<20 { model.hint(loses: false) }
        #expect(!listener.events.contains { if case .message = $0 { true } else { false } })
        #expect(listener.ear?.machine.state == .behind)
        model.settle()
        #expect(faults(listener, model) == [])
        #expect(listener.events.count { if case .message = $0 { true } else { false } } == 20)
    }
}

/// A log that holds nothing, and says where the feed stands; a hundred times at most.
private final class PlainLog: FeedLog {
    let page = 4
    let isConnected = true
    var last = MessageID.zero
    var reads = 0

    func read(
        _ feed: Feed, _ start: ClientFrame.TopicStart, for user: String?, enters: Bool,
        _ completion: @escaping (Result<ReadFeedScript.Page, RedisError>) -> Void
    ) {
        reads += 1
        if reads < 100 { completion(.success(ReadFeedScript.Page(last: last, entries: []))) }
    }

    func renew(_ feed: Feed, _ completion: @escaping (MessageID?) -> Void) { completion(last) }

    func withdraw(_ feed: Feed) {}
}

/// Counts the reads that another log is asked for.
private final class CountingLog: FeedLog {
    let log: FeedModel
    var reads = 0

    init(_ log: FeedModel) { self.log = log }

    var page: Int { log.page }
    var isConnected: Bool { true }

    func read(
        _ feed: Feed, _ start: ClientFrame.TopicStart, for user: String?, enters: Bool,
        _ completion: @escaping (Result<ReadFeedScript.Page, RedisError>) -> Void
    ) {
        reads += 1
        log.read(feed, start, for: user, enters: enters, completion)
    }

    func renew(_ feed: Feed, _ completion: @escaping (MessageID?) -> Void) { log.renew(feed, completion) }

    func withdraw(_ feed: Feed) { log.withdraw(feed) }
}
