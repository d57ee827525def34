import Messaging
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// One client of the traffic: connects, resumes, sends, tries again, acknowledges, and keeps a ledger. Confined to one event loop.
///
/// It does what a good client does: one device that keeps its counters over reconnects, sends again what was not answered with the same
/// `n`, resumes after the last cursor it saw, and backs off with jitter.
final class TrafficClient {
    private struct Pending {
        let text: String
        let target: TrafficLedger.Target
        let due: NIODeadline
    }

    let index: Int
    private let plan: TrafficPlan
    private let token: String
    private let loop: any EventLoop
    private(set) var ledger = TrafficLedger()
    private(set) var isOpen = false
    private(set) var reconnects = 0
    private(set) var sent = 0
    /// Microseconds from the intended time to the arrival, and to the acceptance.
    var deliveries: [UInt32] = []
    var acceptances: [UInt32] = []

    /// Called when the first session has begun.
    var onOpen: (() -> Void)?
    private var channel: (any Channel)?
    private var connection = 0
    private var failures = 0
    private var edge: Int
    private var isStopped = false
    private var cursor: MessageID?
    private var acknowledged: MessageID?
    private var n: UInt64 = 0
    private var pending: [UInt64: Pending] = [:]

    init(_ index: Int, plan: TrafficPlan, token: String, loop: any EventLoop) {
        self.index = index
        self.plan = plan
        self.token = token
        self.loop = loop
        edge = index % plan.edges.count
    }

    var unanswered: Int { pending.count }

    // Connecting

    func connect() {
        guard !isStopped else { return }
        connection += 1
        let attempt = connection
        var url = "\(plan.edges[edge])?device=d\(index)"
        if let cursor { url += "&cursor=\(cursor)" }
        let bound = NIOLoopBound(self, eventLoop: loop)
        do {
            var handshake = try WebSocketHandshake(
                url, headers: ["Authorization": "Bearer \(token)"], subprotocols: ["switchboard.v1"])
            handshake.limit = .seconds(5)
            handshake.connect(on: loop) { channel, _ in
                try channel.pipeline.syncOperations.addHandler(TrafficHandler(bound.value, attempt))
                bound.value.channel = channel
            }.whenComplete { result in
                switch result {
                case .success(.open): break
                case .success(.refused(let answer)): bound.value.closed(attempt, "refused with \(answer.status)")
                case .failure(let error): bound.value.closed(attempt, "\(error)")
                }
            }
        } catch {
            ledger.note("\(error)")
        }
    }

    /// The connection has ended or never began.
    func closed(_ attempt: Int, _ why: String) {
        guard attempt == connection else { return }
        connection += 1
        if isOpen { reconnects += 1 }
        isOpen = false
        channel = nil
        guard !isStopped else { return }
        failures += 1
        if failures == 50 { ledger.note("client \(index) has failed to connect 50 times, at last: \(why)") }
        edge = (edge + 1) % plan.edges.count
        let limit = min(1000, 50 << min(failures, 5))
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: .milliseconds(.random(in: 10...Int64(limit)))) { bound.value.connect() }
    }

    func stop() {
        isStopped = true
        channel?.close(promise: nil)
    }

    // Sending

    /// Sends a message that was to go out at `due`, now or as soon as there is a session.
    func send(to target: TrafficLedger.Target, due: NIODeadline) {
        n += 1
        sent += 1
        let to =
            switch target {
            case .client(let other): "user:\(plan.user(other))"
            case .group(let group): "group:\(plan.group(group))"
            }
        var data = "{\"t\":\(due.uptimeNanoseconds),\"s\":\(index),\"n\":\(n),\"x\":\""
        data += String(repeating: "x", count: max(0, plan.bodySize - data.utf8.count - 2)) + "\"}"
        let text = "{\"type\":\"send\",\"n\":\(n),\"to\":\"\(to)\",\"data\":\(data)}"
        pending[n] = Pending(text: text, target: target, due: due)
        if isOpen { write(text) }
    }

    private func write(_ text: String) {
        let frame = WebSocketFrame(
            fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(string: text))
        channel?.writeAndFlush(frame, promise: nil)
    }

    /// Acknowledges what has come since the last time.
    func acknowledge() {
        guard isOpen, let cursor, cursor != acknowledged else { return }
        acknowledged = cursor
        write("{\"type\":\"ack\",\"cursor\":\"\(cursor)\"}")
    }

    // Receiving

    func receive(_ bytes: [UInt8]) {
        guard let frame = TrafficFrame(bytes) else { return ledger.note("a frame that is no JSON object") }
        switch frame.type {
        case "welcome": welcome(frame)
        case "message":
            let after = cursor
            cursor = max(frame.cursor ?? .zero, after ?? .zero)
            if ledger.arrive(frame, after: after) { deliveries.append(Self.microseconds(since: frame.body.time)) }
        case "accepted":
            guard let n = frame.n, let id = frame.id else { return }
            guard let entry = pending.removeValue(forKey: n) else { return }
            ledger.accept(n: n, id: id, target: entry.target)
            acceptances.append(Self.microseconds(since: entry.due.uptimeNanoseconds))
        case "error": refused(frame)
        case "gap":
            ledger.gaps += 1
            ledger.note("client \(index) was told of a gap")
        default: break
        }
    }

    private func welcome(_ frame: TrafficFrame) {
        isOpen = true
        failures = 0
        acknowledged = nil
        if cursor == nil { cursor = frame.cursor }
        for (_, entry) in pending.sorted(by: { $0.key < $1.key }) { write(entry.text) }
        onOpen?()
        onOpen = nil
    }

    private func refused(_ frame: TrafficFrame) {
        guard let n = frame.n, pending[n] != nil else {
            return ledger.note("client \(index) got an error \(frame.code)")
        }
        guard frame.code == "busy" || frame.code == "rate_limited" else {
            pending[n] = nil
            ledger.refused += 1
            return ledger.note("client \(index): n \(n) was refused with \(frame.code)")
        }
        ledger.putOff += 1
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: .milliseconds(Int64(max(10, frame.retryAfter ?? 100)))) {
            let client = bound.value
            if client.isOpen, let entry = client.pending[n] { client.write(entry.text) }
        }
    }

    private static func microseconds(since time: UInt64) -> UInt32 {
        let now = NIODeadline.now().uptimeNanoseconds
        return UInt32(clamping: now > time ? (now - time) / 1000 : 0)
    }
}

@available(*, unavailable)
extension TrafficClient: Sendable {}
