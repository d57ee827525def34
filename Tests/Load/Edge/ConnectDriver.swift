/// Opens sockets, so many at once, until all of them have their welcome. The time of each is from its connect to its welcome. Confined to its loop's thread.
final class ConnectDriver: LoadDriver {
    private let targets: [String]
    private let port: UInt16
    private let atOnce: Int
    private var begun: [UInt64] = []
    private var first = 0
    private(set) var welcomed = 0
    private(set) var failed: [String: Int] = [:]
    private(set) var times = LatencyRecorder()
    private var timeline = Timeline(start: 0)
    private let show: (Timeline.Interval, Double) -> Void
    private(set) var from: UInt64 = 0
    private(set) var to: UInt64 = 0

    /// Connects to each target, of an edge on this machine.
    /// - Parameter show: told every half a second, with the share that is done.
    init(
        _ targets: [String], port: UInt16, atOnce: Int,
        show: @escaping (Timeline.Interval, Double) -> Void = { _, _ in }
    ) {
        self.show = show
        (self.targets, self.port, self.atOnce) = (targets, port, atOnce)
    }

    func turn(at now: UInt64, _ loop: LoadLoop) -> UInt64? {
        if begun.isEmpty {
            from = now
            timeline = Timeline(start: now)
            first = loop.sockets.count
        }
        while begun.count < targets.count, begun.count - done < atOnce {
            do {
                try loop.connect(port: port, target: targets[begun.count])
                begun.append(LoadLoop.now)
            } catch {
                failed["\(error)", default: 0] += 1
                loop.stop()
                return nil
            }
        }
        if let interval = timeline.roll(at: now) { show(interval, Double(done) / Double(targets.count)) }
        if done == targets.count {
            to = now
            loop.stop()
        }
        return nil
    }

    var intervals: [Timeline.Interval] { timeline.intervals }

    private var done: Int { welcomed + failed.values.reduce(0, +) }

    func opened(_ number: Int, _ loop: LoadLoop) {}

    func received(_ text: Span<UInt8>, _ number: Int, at now: UInt64, _ loop: LoadLoop) {
        guard case .welcome = ServerText(text), number >= first else { return }
        welcomed += 1
        let time = now - min(now, begun[number - first])
        times.add(nanoseconds: time)
        timeline.add(nanoseconds: time)
    }

    func closed(_ number: Int, code: UInt16?, _ loop: LoadLoop) {
        failed[code.map { "closed with \($0)" } ?? "refused or lost", default: 0] += 1
    }
}
