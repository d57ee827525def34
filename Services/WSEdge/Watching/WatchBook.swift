import Messaging

/// Who watches whom on an event loop, and what was last heard of those who are watched.
///
/// A pure machine. A user is in the book from the moment somebody is about to watch them, so that what is told before that is answered is noted. Of two views the one with
/// the higher revision holds, however they come. Everyone in the book is read again once in a round; ``due(share:)`` gives the next ones.
struct WatchBook<Watcher: AnyObject> {
    private struct Entry {
        var view: PresenceView?
        var watchers: [Watcher] = []
        /// How many are about to watch.
        var pending = 0

        var isUnused: Bool { watchers.isEmpty && pending == 0 }
    }

    /// What a view has changed.
    struct Change {
        /// Whether others see something else than before, or only the user.
        var isShown: Bool
        var watchers: [Watcher]
    }

    private var entries: [String: Entry] = [:]
    /// Users that this round has not come to yet.
    private var round: [String] = []

    /// How many users are watched.
    var count: Int { entries.count }

    /// How many users this round has not come to yet.
    var left: Int { round.count }

    func contains(_ user: String) -> Bool { entries[user] != nil }

    /// What was last heard of a user.
    func view(of user: String) -> PresenceView? { entries[user]?.view }

    // MARK: Watching

    /// Somebody is about to watch a user.
    mutating func begin(_ user: String) { entries[user, default: Entry()].pending += 1 }

    /// It did not come to that.
    mutating func abandon(_ user: String) {
        entries[user]?.pending -= 1
        forgetIfUnused(user)
    }

    /// It did: from now on the watcher is told. Returns what is to be told first.
    mutating func join(_ user: String, _ watcher: Watcher) -> PresenceView? {
        guard var entry = entries.removeValue(forKey: user) else { return nil }
        entry.pending -= 1
        if !entry.watchers.contains(where: { $0 === watcher }) { entry.watchers.append(watcher) }
        entries[user] = entry
        return entry.view
    }

    /// The watcher does not want to be told any more.
    mutating func leave(_ user: String, _ watcher: Watcher) {
        guard var entry = entries.removeValue(forKey: user) else { return }
        if let place = entry.watchers.lastIndex(where: { $0 === watcher }) {
            entry.watchers.swapAt(place, entry.watchers.count - 1)
            entry.watchers.removeLast()
        }
        if !entry.isUnused { entries[user] = entry }
    }

    private mutating func forgetIfUnused(_ user: String) {
        if entries[user]?.isUnused == true { entries[user] = nil }
    }

    // MARK: News

    /// Something was heard or read of a user. Returns whom it is to be told to; nil when it is nothing new, or nobody watches.
    mutating func take(_ user: String, _ view: PresenceView) -> Change? {
        guard let before = entries[user]?.view else {
            entries[user]?.view = view
            return entries[user].flatMap { $0.watchers.isEmpty ? nil : Change(isShown: true, watchers: $0.watchers) }
        }
        guard view.revision > before.revision else { return nil }
        entries[user]?.view = view
        guard view.shown != before.shown || view.own != before.own else { return nil }
        return Change(isShown: view.shown != before.shown, watchers: entries[user]?.watchers ?? [])
    }

    // MARK: Rounds

    /// The next `share` users of this round, or fewer. A round that is over is followed by another.
    mutating func due(share: Int) -> [String] {
        if round.isEmpty { round = Array(entries.keys) }
        let due = round.suffix(max(0, share))
        round.removeLast(due.count)
        return due.filter { entries[$0] != nil }
    }

    /// Begins a new round now.
    mutating func startRound() { round = Array(entries.keys) }
}
