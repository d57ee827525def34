/// A SockJS session on the server, as a pure machine: requests, messages and time go in, ``SockJSEffect``s come out.
///
/// A session begins with its first receiving request. It has one receiver at a time: one frame is written to a polling one, frames up to a number of
/// bytes to a streaming one, any number to a WebSocket. While there is none, messages wait, and after 5 s the session is over. A session that is
/// closed says so to every receiver until that time is over. Receivers are told apart by numbers of the caller's choice.
/// Source: https://sockjs.github.io/sockjs-protocol/sockjs-protocol-0.3.3.html
public struct SockJSStateMachine: Sendable {
    /// How long, how often and how much.
    public struct Configuration: Hashable, Sendable {
        /// How long a session lives without a receiver.
        public var timeout: Duration
        /// How long nothing may be written to a receiver before a heart-beat is.
        public var heartBeat: Duration
        /// Bytes after which a streaming response ends, its prelude not counted.
        public var streamBytes: Int

        /// A configuration, with the protocol's own values unless others are given.
        public init(timeout: Duration = .seconds(5), heartBeat: Duration = .seconds(25), streamBytes: Int = 131_072) {
            self.timeout = timeout
            self.heartBeat = heartBeat
            self.streamBytes = streamBytes
        }
    }

    private struct Receiver {
        let id: UInt64
        let format: SockJSFormat
        var written = 0
        var lastWrite: Duration
    }

    private enum State {
        /// No receiver has come yet, so that `o` is still to be said.
        case new
        case open
        case closed(SockJSClose)
        case over
    }

    private let configuration: Configuration
    private var state = State.new
    private var receiver: Receiver?
    private var waiting: [[UInt8]] = []
    /// Since when there is no receiver.
    private var alone: Duration

    /// Bytes of the messages that wait for a receiver.
    public private(set) var waitingBytes = 0

    /// A session that has not begun.
    public init(_ configuration: Configuration = Configuration(), now: Duration) {
        self.configuration = configuration
        alone = now
    }

    /// Whether the session has begun and is neither closed nor over: then a request may bring messages, and is answered with 404 else.
    public var isOpen: Bool { if case .open = state { true } else { false } }

    /// Whether a request waits for frames.
    public var hasReceiver: Bool { receiver != nil }

    // MARK: Events

    /// A receiving request has come. Its head is to be written first, then what follows from here.
    public mutating func attach(_ id: UInt64, _ format: SockJSFormat, now: Duration) -> [SockJSEffect] {
        var effects: [SockJSEffect] = []
        let prelude = format.prelude
        if !prelude.isEmpty { effects.append(.write(id, prelude)) }
        switch state {
        case .over:
            // Its owner forgets it now; the client begins anew.
            return effects + Self.refuse(id, format, .interrupted)
        case .closed(let close):
            return effects + Self.refuse(id, format, close)
        case .new, .open:
            guard receiver == nil else { return effects + Self.refuse(id, format, .anotherConnection) }
        }
        receiver = Receiver(id: id, format: format, lastWrite: now)
        if case .new = state {
            state = .open
            effects.append(.opened)
            write(.open, now, &effects)
        }
        flush(now, &effects)
        return effects
    }

    /// A receiver's connection is gone without that its response was finished: what was written to it may be lost, so the session closes.
    public mutating func detached(_ id: UInt64, now: Duration) -> [SockJSEffect] {
        guard let receiver, receiver.id == id else { return [] }
        self.receiver = nil
        alone = now
        guard case .open = state else { return [] }
        waiting = []
        waitingBytes = 0
        // A WebSocket's session lives and ends with its connection; others come back and are told.
        let isWebSocket = receiver.format.transport == .webSocket
        state = isWebSocket ? .over : .closed(.interrupted)
        return isWebSocket ? [.ended(.interrupted), .forget] : [.ended(.interrupted)]
    }

    /// A request, or the WebSocket, has brought messages.
    public func received(_ messages: [[UInt8]]) -> [SockJSEffect] {
        isOpen ? messages.map(SockJSEffect.received) : []
    }

    /// Messages, each UTF-8 text, are to be sent.
    public mutating func send(_ messages: [[UInt8]], now: Duration) -> [SockJSEffect] {
        guard isOpen || isNew, !messages.isEmpty else { return [] }
        waiting += messages
        waitingBytes += messages.reduce(0) { $0 + $1.count }
        var effects: [SockJSEffect] = []
        flush(now, &effects)
        return effects
    }

    /// The session is to be closed. What waits and has no receiver is given up.
    public mutating func close(_ close: SockJSClose, now: Duration) -> [SockJSEffect] {
        switch state {
        case .closed, .over: return []
        case .new, .open: break
        }
        state = .closed(close)
        waiting = []
        waitingBytes = 0
        var effects: [SockJSEffect] = []
        if let receiver {
            effects += Self.refuse(receiver.id, receiver.format, close)
            self.receiver = nil
            alone = now
            if receiver.format.transport == .webSocket {
                state = .over
                return effects + [.ended(close), .forget]
            }
        }
        return effects + [.ended(close)]
    }

    /// To be asked about once a second.
    public mutating func tick(now: Duration) -> [SockJSEffect] {
        if case .over = state { return [] }
        guard let receiver else {
            guard now - alone >= configuration.timeout else { return [] }
            let wasLive = isOpen
            state = .over
            waiting = []
            waitingBytes = 0
            return wasLive ? [.ended(.interrupted), .forget] : [.forget]
        }
        var effects: [SockJSEffect] = []
        if now - receiver.lastWrite >= configuration.heartBeat { write(.heartBeat, now, &effects) }
        return effects
    }

    // MARK: Writing

    private var isNew: Bool { if case .new = state { true } else { false } }

    private static func refuse(_ id: UInt64, _ format: SockJSFormat, _ close: SockJSClose) -> [SockJSEffect] {
        [.write(id, format.bytes(of: .close(close))), .finish(id)]
    }

    private mutating func flush(_ now: Duration, _ effects: inout [SockJSEffect]) {
        guard isOpen, receiver != nil, !waiting.isEmpty else { return }
        let messages = waiting
        waiting = []
        waitingBytes = 0
        write(.messages(messages), now, &effects)
    }

    private mutating func write(_ frame: SockJSFrame, _ now: Duration, _ effects: inout [SockJSEffect]) {
        guard var receiver else { return }
        let bytes = receiver.format.bytes(of: frame)
        receiver.written += bytes.count
        receiver.lastWrite = now
        effects.append(.write(receiver.id, bytes))
        let transport = receiver.format.transport
        if transport.isPolling || (transport.isStreaming && receiver.written >= configuration.streamBytes) {
            effects.append(.finish(receiver.id))
            self.receiver = nil
            alone = now
        } else {
            self.receiver = receiver
        }
    }
}
