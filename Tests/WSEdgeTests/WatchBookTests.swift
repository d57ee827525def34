import Messaging
import Testing

@testable import WSEdge

@Suite struct WatchBookTests {
    private final class Watcher {}

    private func view(_ revision: UInt64, online: Bool = true, mode: PresenceView.Mode = .online) -> PresenceView {
        let isHidden = mode == .invisible
        return PresenceView(
            revision: revision,
            shown: .init(isOnline: online && !isHidden, since: Int64(revision), mode: isHidden ? .online : mode),
            own: .init(isOnline: online, since: 1, mode: mode))
    }

    @Test func whatIsToldBeforeTheAnswerIsNotLost() {
        var book = WatchBook<Watcher>()
        let watcher = Watcher()
        book.begin("bob")
        #expect(book.take("bob", view(7, online: false)) == nil)
        // The answer was given before, and comes later.
        #expect(book.take("bob", view(5)) == nil)
        #expect(book.join("bob", watcher) == view(7, online: false))
        #expect(book.take("bob", view(9))?.watchers.first === watcher)
    }

    @Test func whatIsOldOrRepeatedIsToldToNobody() {
        var book = WatchBook<Watcher>()
        book.begin("bob")
        _ = book.take("bob", view(5))
        _ = book.join("bob", Watcher())
        #expect(book.take("bob", view(5)) == nil)
        #expect(book.take("bob", view(4, online: false)) == nil)
        #expect(book.take("bob", view(6, online: false))?.isShown == true)
    }

    @Test func whatOnlyTheUserSeesIsNoChangeForOthers() {
        var book = WatchBook<Watcher>()
        book.begin("bob")
        let offline = PresenceView(
            revision: 5, shown: .init(isOnline: false, since: 1), own: .init(isOnline: false, since: 1))
        _ = book.take("bob", offline)
        _ = book.join("bob", Watcher())
        var hidden = offline
        hidden.revision = 6
        hidden.own.mode = .invisible
        #expect(book.take("bob", hidden)?.isShown == false)
        hidden.revision = 7
        #expect(book.take("bob", hidden) == nil)
    }

    @Test func aUserWhomNobodyWatchesIsForgotten() {
        var book = WatchBook<Watcher>()
        let (one, other) = (Watcher(), Watcher())
        for watcher in [one, other] {
            book.begin("bob")
            _ = book.join("bob", watcher)
        }
        book.leave("bob", one)
        book.leave("bob", one)
        #expect(book.count == 1)
        book.leave("bob", other)
        #expect(book.count == 0)
        book.begin("eve")
        book.abandon("eve")
        book.abandon("eve")
        #expect(book.count == 0)
        #expect(book.take("bob", view(1)) == nil)
    }

    @Test func watchingTwiceIsToldOnce() {
        var book = WatchBook<Watcher>()
        let watcher = Watcher()
        for _ in 1...2 {
            book.begin("bob")
            _ = book.join("bob", watcher)
        }
        #expect(book.take("bob", view(1))?.watchers.count == 1)
        book.leave("bob", watcher)
        #expect(book.count == 0)
    }

    @Test func eachRoundComesToEverybodyOnce() {
        var book = WatchBook<Watcher>()
        let watcher = Watcher()
        for number in 0..<100 {
            book.begin("u\(number)")
            _ = book.join("u\(number)", watcher)
        }
        for _ in 1...3 {
            var seen: [String] = []
            for _ in 1...5 { seen += book.due(share: 20) }
            #expect(seen.count == 100 && Set(seen).count == 100)
        }
        _ = book.due(share: 50)
        book.startRound()
        #expect(book.left == 100)
        #expect(book.due(share: 1000).count == 100)
    }

    /// Hints in any order, lost and repeated, with reads in between: whoever watches was told last what a read has last found, or something newer.
    @Test func whateverIsLostOrReorderedTheLastReadHolds() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var book = WatchBook<Watcher>()
            let watcher = Watcher()
            var truth = view(1)
            var hints: [PresenceView] = []
            var told: PresenceView.Face?
            book.begin("bob")
            _ = book.take("bob", truth)
            told = book.join("bob", watcher)?.shown
            func take(_ view: PresenceView) {
                if let change = book.take("bob", view), change.isShown { told = view.shown }
            }
            for _ in 0..<40 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0, 1:
                    truth = view(
                        truth.revision + 1, online: .random(using: &random),
                        mode: PresenceView.Mode.allCases.randomElement(using: &random) ?? .online)
                    hints.append(truth)
                case 2:
                    guard let place = hints.indices.randomElement(using: &random) else { continue }
                    take(hints[place])
                    if Bool.random(using: &random) { hints.remove(at: place) }
                default: take(truth)
                }
            }
            take(truth)
            #expect(told == truth.shown)
            for hint in hints.shuffled(using: &random) { take(hint) }
            #expect(told == truth.shown)
        }
    }
}
