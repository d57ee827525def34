import NIOCore

/// An idle device that keeps its session as docs/protocol.md asks it to: moves, comes back over the time it was told, waits for `Retry-After`, resumes.
/// Confined to its event loop.
final class StormClient {
    /// What has become of it since the fault began.
    struct Story: Sendable {
        /// Whether it has a session again, or one on another edge.
        var isBack = false
        /// From the fault to its welcome elsewhere.
        var back = TimeAmount.zero
        /// How long it had no session; nothing when it moved without a break.
        var offline = TimeAmount.zero
        /// What of that it waited of its own accord: the back-off, or `Retry-After`.
        var waited = TimeAmount.zero
        var attempts = 0
        /// Handshakes answered with 429 or 503.
        var refused = 0
        /// Handshakes not answered, or connections that failed.
        var failed = 0
        var wasMoved = false
        /// The edge that it was on when the fault began.
        var from: String?
        /// The edge that it is on.
        var edge: String?
    }

    private static let floor = 500
    private static let firstSpan = 1500
    private static let longestSpan = 20_000

    let index: Int
    private let token: String
    private let loop: any EventLoop
    /// Where it connects when nobody names another place; the storm takes an edge that is gone out, as a gateway does.
    private let places: () -> [Int]
    private var connection: StormConnection?
    private var next: StormConnection?
    private var isWelcomed = false
    private var isStopped = false
    private var reconnectWithin = 0
    private var failures = 0
    private var lostAt: NIODeadline?
    private var faultAt: NIODeadline?
    private(set) var story = Story()
    /// Up to where it has what its inbox holds: repeats from there are passed over, and a new session begins after it.
    private var cursor: (text: String, place: (UInt64, UInt64))?
    /// Sent and not answered, by counter: sent again when there is a new session.
    private var unanswered: [UInt64: String] = [:]
    /// Called at each welcome.
    var onWelcome: (() -> Void)?
    /// What to do with a message.
    var onMessage: ((StormFrame) -> Void)?

    init(_ index: Int, token: String, loop: any EventLoop, places: @escaping () -> [Int]) {
        self.index = index
        self.token = token
        self.loop = loop
        self.places = places
    }

    var isOpen: Bool { connection != nil && isWelcomed }

    func send(_ text: String) { if isWelcomed { connection?.send(text) } }

    /// Sends a message with this counter, as often as it takes.
    func send(n: UInt64, _ text: String) {
        unanswered[n] = text
        send(text)
    }

    /// The edge that it has a session on.
    var edge: String? { isOpen ? story.edge : nil }

    func stop() {
        isStopped = true
        next?.drop()
        connection?.drop()
    }

    /// From here on its story counts.
    func faultBegins(_ now: NIODeadline) {
        let edge = story.edge
        story = Story()
        (story.from, story.edge) = (edge, edge)
        faultAt = now
    }

    // MARK: Connecting

    func connect() {
        guard !isStopped else { return }
        story.attempts += 1
        isWelcomed = false
        connection = open(places().randomElement() ?? 0)
    }

    private func open(_ port: Int) -> StormConnection {
        let connection = StormConnection.open(
            host: "127.0.0.1", port: port,
            query: "device=d\(index)" + (cursor.map { "&cursor=\($0.text)" } ?? ""), token: token, on: loop,
            onText: { [weak self] in self?.heard($0, $1) }, onEnd: { [weak self] in self?.ended($0, $1) })
        // An edge that takes the connection and says nothing is one that is not there.
        loop.assumeIsolated().scheduleTask(in: .seconds(12)) { [weak self, weak connection] in
            guard let self, let connection else { return }
            guard connection === next || connection === self.connection && !isWelcomed else { return }
            connection.drop()
            ended(connection, .closed(code: 1006))
        }
        return connection
    }

    private func heard(_ connection: StormConnection, _ frame: StormFrame) {
        if frame.isOf("message") {
            if isNew(frame) { onMessage?(frame) }
            return
        }
        if frame.isOf("accepted") {
            if let n = frame.number("n") { unanswered[n] = nil }
            return
        }
        if frame.isOf("moving") { return move(frame) }
        guard frame.isOf("welcome") else { return }
        if connection === next {
            next = nil
            self.connection?.leave()
            self.connection = connection
        }
        story.edge = frame.text("edge")
        reconnectWithin = Int(frame.number("reconnectWithin") ?? 0)
        isWelcomed = true
        failures = 0
        let now = NIODeadline.now()
        if let lostAt { story.offline = story.offline + (now - lostAt) }
        lostAt = nil
        if let faultAt {
            story.isBack = true
            story.back = now - faultAt
        }
        onWelcome?()
        for (_, text) in unanswered.sorted(by: { $0.key < $1.key }) { send(text) }
    }

    /// Whether the inbox entry has not come before, from this session or the one that it took over from.
    private func isNew(_ frame: StormFrame) -> Bool {
        guard let text = frame.text("cursor") else { return true }
        let numbers = text.split(separator: "-").compactMap { UInt64($0) }
        guard numbers.count == 2 else { return true }
        let place = (numbers[0], numbers[1])
        if let cursor, place <= cursor.place { return false }
        cursor = (text, place)
        return true
    }

    private func move(_ frame: StormFrame) {
        story.wasMoved = true
        let within = Double(frame.number("within") ?? 1000)
        let port = frame.text("url").flatMap(Self.port)
        after(.microseconds(Int64(.random(in: 0..<0.8) * within * 1000))) { [self] in
            guard next == nil, connection != nil else { return }
            story.attempts += 1
            next = open(port ?? places().randomElement() ?? 0)
        }
    }

    /// The port of `ws://host:port/ws`: everything is on this machine.
    private static func port(_ url: String) -> Int? {
        url.split(separator: ":").last.flatMap { Int($0.prefix { $0 != "/" }) }
    }

    // MARK: Coming back

    private func ended(_ connection: StormConnection, _ end: StormConnection.End) {
        guard !isStopped else { return }
        count(end)
        if connection === next {
            next = nil
            // The session that there is goes on; when there is none any more, the way back is the usual one.
            if self.connection == nil { comeBack(end) }
            return
        }
        guard connection === self.connection else { return }
        if isWelcomed { lostAt = .now() }
        self.connection = nil
        if next == nil { comeBack(end) }
    }

    private func count(_ end: StormConnection.End) {
        switch end {
        case .refused: story.refused += 1
        case .closed: if !isWelcomed { story.failed += 1 }
        }
    }

    private func comeBack(_ end: StormConnection.End) {
        let wasLost = isWelcomed && end == .closed(code: 1006)
        isWelcomed = false
        failures += 1
        var wait = 0
        if case .refused(_, let seconds?) = end {
            // To the second, and somewhere within it.
            wait = seconds * 1000 + .random(in: 0..<1000)
        } else {
            let span = min(Self.longestSpan, Self.firstSpan << min(failures - 1, 10))
            wait = .random(in: Self.floor...max(span, wasLost ? reconnectWithin : 0))
        }
        story.waited = story.waited + .milliseconds(Int64(wait))
        after(.milliseconds(Int64(wait))) { [self] in connect() }
    }

    private func after(_ time: TimeAmount, _ action: @escaping () -> Void) {
        loop.assumeIsolated().scheduleTask(in: time) { [weak self] in
            if self?.isStopped == false { action() }
        }
    }
}

@available(*, unavailable)
extension StormClient: Sendable {}
