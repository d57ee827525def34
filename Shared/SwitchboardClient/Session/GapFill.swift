import Messaging

/// A hole in what came, while it is filled from history: what comes live meanwhile waits for it, so that all goes on in order.
struct GapFill: Sendable {
    /// What is missing.
    enum Source: Hashable, Sendable {
        /// Messages of the inbox, over all conversations.
        case inbox
        case group(String)
        case topic(String)
    }

    /// How many messages of history are fetched at once.
    static let page = 200
    /// How often history is asked again for what it does not have yet, since it is written a little behind a topic's log.
    static let patience = 6

    let source: Source
    /// Which answers belong to it.
    let serial: Int
    /// It is filled up to here.
    var after: MessageID
    /// Of a topic: what comes live begins here.
    var until: MessageID?
    /// What came meanwhile.
    var held: [FrameFields] = []
    var isFetching = false
    /// Not before this time, by ``Moment/elapsed``.
    var notBefore: Int64 = 0
    var backoff = Backoff()
    private var patience = Self.patience

    init(_ source: Source, serial: Int, after: MessageID) {
        self.source = source
        self.serial = serial
        self.after = after
    }

    /// What to ask history for.
    var target: String {
        switch source {
        case .inbox: "/v1/sync?after=\(after)&limit=\(Self.page)"
        case .group(let conversation), .topic(let conversation):
            "/v1/conversations/\(conversation)/messages?after=\(after)&limit=\(Self.page)"
        }
    }

    /// Whether a message of a page belongs to what is missing: of a topic, what came live already does not.
    func lacks(_ id: MessageID) -> Bool { until.map { id <= $0 } ?? true }

    /// A page came; its messages were handed on.
    /// - Returns: whether the hole is filled. If not, another page is wanted, not before ``notBefore``.
    mutating func advance(_ page: HistoryPage, random: Double, _ now: Moment) -> Bool {
        if let last = page.messages.last?.id { after = max(after, last) }
        if case .topic = source, let until, after >= until { return true }
        if let next = page.next {
            after = max(after, next)
            patience = Self.patience
            // An empty page with a next one: history is still being written there.
            if page.messages.isEmpty { wait(random, now) } else { backoff.reset() }
            return false
        }
        guard case .topic = source else { return true }
        // History has no more, though something was said after it: that is being written.
        guard patience > 0 else { return true }
        patience -= 1
        wait(random, now)
        return false
    }

    /// No page came.
    /// - Returns: whether there is no point in asking again: a conversation of which history has nothing, or that may not be read.
    mutating func fail(status: Int?, random: Double, _ now: Moment) -> Bool {
        if source != .inbox, status == 403 || status == 404 { return true }
        wait(random, now)
        return false
    }

    private mutating func wait(_ random: Double, _ now: Moment) {
        notBefore = now.elapsed + backoff.next(random: random)
    }
}
