import Messaging
import NIOCore
import SockJS

/// A SockJS session whose client comes and goes with requests: a connection like any other, between two of them, too. Confined to its event loop.
///
/// What it says, when and to whom is decided by a `SockJSStateMachine`; where the requests are that wait for it, its ``SockJSDesk`` knows.
final class SockJSSession: EdgeConnection, MessageConnection {
    /// Messages that may wait while the client is held back; their bytes may be those of one payload.
    private static let heldMessages = 1000
    /// How long messages may wait for being taken.
    private static let heldTime = TimeAmount.seconds(5)

    /// A request that waits for frames.
    private struct Receiver {
        let place: EdgePlace
        let call: UInt64
        let isStream: Bool
        var number = 0
        var written = 0
        var took = 0
        /// Since when bytes wait that the client has not taken.
        var waitsSince: NIODeadline?
    }

    private struct Held {
        var messages: ArraySlice<[UInt8]>
        let until: NIODeadline
        let answer: (SockJSCall.Verdict) -> Void
    }

    /// Its service's address and its own id.
    let name: String
    private let desk: SockJSDesk
    private let peer: any MessagePeer
    private var machine: SockJSStateMachine
    private var receivers: [UInt64: Receiver] = [:]
    private var lastReceiver: UInt64 = 0
    private var effects: [SockJSEffect] = []
    private var isPerforming = false
    private var outgoing: [[UInt8]] = []
    private var outgoingBytes = 0
    private var isFlushDue = false
    private var held: [Held] = []
    private var isReadingPaused = false
    private var isContinuing = false
    private(set) var isOpen = true
    private var hasOpened = false
    /// To be told when what waits has been fetched.
    private var goodbye: SockJSClose?
    private var renewAt: NIODeadline

    init(name: String, service: SockJSService, peer: any MessagePeer, desk: SockJSDesk) {
        self.name = name
        self.peer = peer
        self.desk = desk
        let now = NIODeadline.now()
        machine = SockJSStateMachine(
            .init(
                heartBeat: .nanoseconds(desk.loop.environment.configuration.heartbeatInterval.nanoseconds),
                streamBytes: service.streamBytes), now: now.sinceStart)
        renewAt = now + SockJSDesk.renewal
        desk.loop.connections[ObjectIdentifier(self)] = self
    }

    // MARK: Requests

    /// What the next request that waits for frames will be known by here.
    var nextReceiver: UInt64 { lastReceiver + 1 }

    /// A request waits for frames.
    func attach(_ call: UInt64, at place: EdgePlace, _ format: SockJSFormat) {
        lastReceiver += 1
        receivers[lastReceiver] = Receiver(place: place, call: call, isStream: format.transport.isStreaming)
        perform(machine.attach(lastReceiver, format, now: .now))
        if let goodbye, machine.waitingBytes == 0 {
            self.goodbye = nil
            perform(machine.close(goodbye, now: .now))
        }
        if isOpen { peer.drained() }
    }

    /// The client of a request has gone.
    func detached(_ receiver: UInt64) {
        guard receivers.removeValue(forKey: receiver) != nil else { return }
        perform(machine.detached(receiver, now: .now))
    }

    /// The client of a request has taken so many bytes in all.
    func took(_ receiver: UInt64, _ bytes: Int) {
        guard var state = receivers[receiver], bytes > state.took else { return }
        state.took = min(bytes, state.written)
        state.waitsSince = state.took < state.written ? .now() : nil
        receivers[receiver] = state
        if isOpen { peer.drained() }
    }

    /// A request brings messages. `answer` is called when they have been taken, or not.
    func receive(_ messages: [[UInt8]], _ answer: @escaping (SockJSCall.Verdict) -> Void) {
        guard isOpen, machine.isOpen else { return answer(.absent) }
        let limit = desk.loop.environment.configuration.longestMessage
        guard messages.allSatisfy({ $0.count <= limit }) else {
            answer(.refused("Message too long."))
            return close(.tooLarge)
        }
        guard hasRoom(for: messages, limit * SockJSService.payloadFactor) else { return answer(.busy) }
        held.append(Held(messages: messages[...], until: .now() + Self.heldTime, answer: answer))
        handOver()
    }

    /// Whether messages may wait besides those that do.
    private func hasRoom(for messages: [[UInt8]], _ limit: Int) -> Bool {
        let waiting = held.lazy.flatMap(\.messages)
        guard !waiting.isEmpty else { return true }
        return held.count < Self.heldMessages && waiting.count + messages.count <= Self.heldMessages
            && waiting.reduce(0, { $0 + $1.count }) + messages.reduce(0, { $0 + $1.count }) <= limit
    }

    /// Hands to the peer what has come, as long as it listens.
    private func handOver() {
        // A peer that pauses and resumes while it is handed a message must not start this loop within itself.
        guard !isContinuing else { return }
        isContinuing = true
        while isOpen, !isReadingPaused, !held.isEmpty {
            if let message = held[0].messages.popFirst() {
                for case .received(let text) in machine.received([message]) {
                    peer.received(text: ByteBuffer(bytes: text))
                }
            } else {
                held.removeFirst().answer(.taken)
            }
        }
        // The last of them may have made the peer pause: it was taken all the same.
        while let first = held.first, first.messages.isEmpty { held.removeFirst().answer(.taken) }
        isContinuing = false
    }

    func pauseReading() { isReadingPaused = true }

    func resumeReading() {
        guard isReadingPaused else { return }
        isReadingPaused = false
        // Not from within: whoever resumes may be in the middle of something.
        desk.loop.turn.atEnd { [weak self] in self?.handOver() }
    }

    // MARK: Sending

    func send(text: [UInt8]) { gather(text) }

    func send(text: [UInt8], tail: ByteBuffer) { gather(text + tail.readableBytesView) }

    func send(_ message: ByteBuffer, isText: Bool) { gather(Array(message.readableBytesView)) }

    private func gather(_ message: [UInt8]) {
        guard isOpen else { return }
        outgoing.append(message)
        outgoingBytes += message.count
        guard !isFlushDue else { return }
        isFlushDue = true
        desk.loop.turn.flushes(self)
    }

    func flush() {
        isFlushDue = false
        guard !outgoing.isEmpty else { return }
        let messages = outgoing
        outgoing = []
        outgoingBytes = 0
        perform(machine.send(messages, now: .now))
    }

    /// Frames count until the client's socket has them, and what waits between two requests.
    var pendingBytes: Int {
        receivers.values.reduce(outgoingBytes + machine.waitingBytes) { $0 + ($1.isStream ? $1.written - $1.took : 0) }
    }

    var followsAddresses: Bool { false }

    // MARK: Effects

    private func perform(_ new: [SockJSEffect]) {
        effects += new
        // What is done may have effects of its own, which come after those that are there.
        guard !isPerforming else { return }
        isPerforming = true
        while !effects.isEmpty {
            let now = effects
            effects = []
            for effect in now { perform(effect) }
        }
        isPerforming = false
    }

    private func perform(_ effect: SockJSEffect) {
        switch effect {
        case .opened:
            hasOpened = true
            peer.opened(self)
        case .received: break
        case .write(let id, let bytes):
            guard var receiver = receivers[id] else { return }
            desk.post(.write(receiver.number, bytes), of: receiver.call, to: receiver.place)
            receiver.number += 1
            receiver.written += bytes.count
            if receiver.waitsSince == nil { receiver.waitsSince = .now() }
            receivers[id] = receiver
        case .finish(let id):
            guard let receiver = receivers.removeValue(forKey: id) else { return }
            desk.post(.finish(receiver.number), of: receiver.call, to: receiver.place)
            desk.detach(receiver.call, at: receiver.place)
        case .ended(let close): if isOpen { end(close == .goAway ? Closing(code: 3000, party: .server) : .lost) }
        case .forget: desk.forget(self)
        }
    }

    // MARK: Time

    /// Once a second, as long as it is open.
    func tick(now: NIODeadline) {
        if hasOpened { peer.tick(now: now) }
        while let first = held.first, now >= first.until { held.removeFirst().answer(.busy) }
    }

    /// Once a second, from the beginning until it is forgotten.
    func sweep(now: NIODeadline) {
        perform(machine.tick(now: now.sinceStart))
        for (id, receiver) in receivers where receiver.isStream {
            // Where a client takes nothing, or its edge is gone, nobody would say so.
            if let since = receiver.waitsSince, now - since > SockJSDesk.patience {
                desk.detach(receiver.call, at: receiver.place)
                detached(id)
            }
        }
        guard now >= renewAt else { return }
        renewAt = now + SockJSDesk.renewal
        desk.renew(name)
    }

    // MARK: Closing

    var user: String? { peer.user }

    /// An edge's address is that of its WebSocket: where to is for the gateway to say.
    func move(to url: String?, within time: TimeAmount) -> Bool { isOpen && peer.move(to: nil, within: time) }

    func leave() { if isOpen { peer.leave() } }

    func close(_ code: CloseCode) {
        guard isOpen else { return }
        desk.loop.environment.metrics.countClose(code)
        finish(SockJSClose(code.rawValue, code.reason), Closing(code: code.rawValue, party: .server))
    }

    private func finish(_ close: SockJSClose, _ closing: Closing) {
        flush()
        end(closing)
        // A client between two requests is to learn why, not only that.
        if machine.waitingBytes > 0, !machine.hasReceiver {
            goodbye = close
        } else {
            perform(machine.close(close, now: .now))
        }
    }

    private func end(_ closing: Closing) {
        guard isOpen else { return }
        isOpen = false
        outgoing = []
        outgoingBytes = 0
        let environment = desk.loop.environment
        if closing.party != .server { environment.metrics.countCloseByClient() }
        // The last message of a request may be what ends the session: it was taken.
        for request in held { request.answer(request.messages.isEmpty ? .taken : .absent) }
        held = []
        desk.loop.connections[ObjectIdentifier(self)] = nil
        if hasOpened { peer.closed(closing) }
        environment.connectionEnded()
    }
}

extension SockJSSession: GoAwayConnection {
    func goAway() { finish(.goAway, Closing(code: SockJSClose.goAway.code, party: .server)) }
}

extension NIODeadline {
    /// As what the pure machines take for time.
    var sinceStart: Duration { .nanoseconds(Int64(clamping: uptimeNanoseconds)) }
}

extension Duration {
    fileprivate static var now: Duration { NIODeadline.now().sinceStart }
}

@available(*, unavailable)
extension SockJSSession: Sendable {}
