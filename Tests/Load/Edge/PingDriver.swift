/// Sends `ping` over open sockets and waits for each `pong`, so many of each socket on their way at once. Confined to its loop's thread.
final class PingDriver: LoadDriver {
    private let sockets: Range<Int>
    private let window: Int
    private let nanoseconds: UInt64
    private var due: [[UInt64]]
    private var isBegun = false
    private var timeline = Timeline(start: 0)
    private let show: (Timeline.Interval, Double) -> Void
    private(set) var times = LatencyRecorder()
    private(set) var failed = 0
    private(set) var from: UInt64 = 0
    private(set) var to: UInt64 = 0

    private static let ping = Array(#"{"type":"ping","n":1}"#.utf8)

    /// - Parameter show: told every half a second, with the share of the time that is over.
    init(_ sockets: Range<Int>, window: Int, seconds: Double, show: @escaping (Timeline.Interval, Double) -> Void) {
        self.show = show
        (self.sockets, self.window, nanoseconds) = (sockets, window, UInt64(seconds * 1e9))
        due = sockets.map { _ in [] }
    }

    func turn(at now: UInt64, _ loop: LoadLoop) -> UInt64? {
        if !isBegun {
            isBegun = true
            from = now
            timeline = Timeline(start: now)
            for socket in sockets {
                for _ in 0..<window { ping(socket, now, loop) }
            }
        }
        if let interval = timeline.roll(at: now) { show(interval, Double(now - from) / Double(nanoseconds)) }
        if now - from >= nanoseconds {
            to = now
            loop.stop()
        }
        return from + nanoseconds
    }

    private func ping(_ socket: Int, _ now: UInt64, _ loop: LoadLoop) {
        due[socket - sockets.lowerBound].append(now)
        loop.send(Self.ping, to: socket)
    }

    func opened(_ number: Int, _ loop: LoadLoop) {}

    func received(_ text: Span<UInt8>, _ number: Int, at now: UInt64, _ loop: LoadLoop) {
        guard case .pong = ServerText(text), sockets.contains(number) else { return }
        // They are answered in order.
        let time = now - due[number - sockets.lowerBound].removeFirst()
        times.add(nanoseconds: time)
        timeline.add(nanoseconds: time)
        ping(number, now, loop)
    }

    var intervals: [Timeline.Interval] { timeline.intervals }

    func closed(_ number: Int, code: UInt16?, _ loop: LoadLoop) { failed += 1 }
}
