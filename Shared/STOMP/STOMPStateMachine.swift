public import Messaging

/// The server's side of a STOMP session, as a pure machine: frames and answers go in, ``STOMPEffect``s come out.
///
/// Any error ends the session: an ERROR frame with `message`, `code`, and `receipt-id` where the frame asked for a receipt, then a close
/// (``STOMPError/closeCode``). After that, and after DISCONNECT, whatever comes in is ignored.
/// Source: https://stomp.github.io/stomp-specification-1.2.html
public struct STOMPStateMachine: Sendable {
    private enum State {
        case awaitingConnect
        case authenticating
        case connected
        /// DISCONNECT has come, and its receipt waits for what was sent before.
        case disconnecting(receipt: String?)
        case closed
    }

    /// Answers that one receipt waits for.
    private struct Group {
        var receipt: String?
        var missing: Int
        /// Whether it is one answer's alone, which it can then tell of.
        let isSingle: Bool
    }

    let configuration: STOMPConfiguration
    private var state = State.awaitingConnect
    /// The version agreed upon; nil before CONNECT.
    public private(set) var version: STOMPVersion?
    /// What the client said of its heart-beats.
    public private(set) var clientHeartBeat = HeartBeat.Offer.none

    var subscriptions: [STOMPSubscription] = []
    var transactions: [STOMPTransaction] = []
    var ledger = AcknowledgementLedger()
    var isInboxPaused = false
    private var lastNumber: UInt64 = 0
    /// Tags without an answer, with the group that waits for it.
    private var waiting: [UInt64: UInt64] = [:]
    private var groups: [UInt64: Group] = [:]

    /// A session before its CONNECT.
    public init(_ configuration: STOMPConfiguration) { self.configuration = configuration }

    /// Whether the next frame may be read: not while the token is looked at, and not when it is over.
    public var takesFrames: Bool {
        switch state {
        case .awaitingConnect, .connected: true
        case .authenticating, .disconnecting, .closed: false
        }
    }

    /// Whether the token is being looked at.
    public var isAuthenticating: Bool { if case .authenticating = state { true } else { false } }

    /// Whether messages can be delivered.
    public var isConnected: Bool { if case .connected = state { true } else { false } }

    // MARK: Events

    /// A frame has come.
    public mutating func received(_ frame: STOMPFrame) -> [STOMPEffect] {
        guard takesFrames else { return [] }
        var effects: [STOMPEffect] = []
        do throws(STOMPError) {
            try handle(frame, &effects)
        } catch {
            // What the frames of a transaction have begun is not taken back: the session ends, and says at which frame.
            effects += fail(error, receipt: frame.headers["receipt"])
        }
        return effects
    }

    /// The token holds.
    /// - Parameter more: Further headers of CONNECTED.
    public mutating func authenticated(
        user: String, session: String, more: STOMPHeaders = [:]
    ) -> [STOMPEffect] {
        guard case .authenticating = state, let version else { return [] }
        state = .connected
        var headers: STOMPHeaders = ["version": version.rawValue, "session": session, "server": "switchboard"]
        if version != .v10 { headers.append("heart-beat", configuration.heartBeat.text) }
        headers.append("user-name", user)
        for entry in more.entries { headers.append(entry.name, entry.value) }
        return [.reply(STOMPFrame(.connected, headers))]
    }

    /// What a tag stands for is done.
    /// - Parameter more: What else its receipt says, where that is not about several.
    public mutating func completed(_ tag: UInt64, _ more: STOMPHeaders = [:]) -> [STOMPEffect] {
        guard let id = waiting.removeValue(forKey: tag), var group = groups[id] else { return [] }
        var effects: [STOMPEffect] = []
        group.missing -= 1
        groups[id] = group.missing > 0 ? group : nil
        if group.missing == 0, let receipt = group.receipt {
            effects.append(Self.receipt(receipt, group.isSingle ? more : [:]))
        }
        if case .disconnecting(let receipt) = state, waiting.isEmpty { leave(receipt, &effects) }
        return effects
    }

    /// What a tag stands for cannot be done: the session ends, as the specification demands.
    public mutating func refused(_ tag: UInt64, _ error: STOMPError) -> [STOMPEffect] {
        guard let id = waiting[tag] else { return [] }
        return fail(error, receipt: groups[id]?.receipt)
    }

    /// The session ends with an ERROR: the token does not hold or has expired, a frame cannot be read, or the like.
    /// - Parameters:
    ///   - receipt: The `receipt` of the frame at fault.
    ///   - code: What to close with, if not with the error's own code.
    public mutating func fail(_ error: STOMPError, receipt: String? = nil, code: CloseCode? = nil) -> [STOMPEffect] {
        if case .closed = state { return [] }
        end()
        return [.reply(error.frame(receipt: receipt)), .close(code ?? error.closeCode)]
    }

    /// The connection is gone. Open transactions are aborted, and nothing comes out any more.
    public mutating func end() {
        state = .closed
        subscriptions = []
        transactions = []
        ledger.clear()
        waiting = [:]
        groups = [:]
    }

    // MARK: Frames

    private mutating func handle(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        guard case .connected = state else {
            guard frame.command == .connect || frame.command == .stomp else {
                throw STOMPError(.notConnected, "the first frame is CONNECT or STOMP")
            }
            return try connect(frame, &effects)
        }
        if !frame.body.isEmpty, !frame.command.mayHaveBody, version != .v10 {
            throw STOMPError(.unexpectedBody, "only SEND has a body")
        }
        switch frame.command {
        case .send: try send(frame, &effects)
        case .subscribe: try subscribe(frame, &effects)
        case .unsubscribe: try unsubscribe(frame, &effects)
        case .ack: try settle(frame, isRefusal: false, &effects)
        case .nack:
            guard version != .v10 else { throw STOMPError(.unknownCommand, "1.0 has no NACK") }
            try settle(frame, isRefusal: true, &effects)
        case .begin: try begin(frame, &effects)
        case .commit: try commit(frame, &effects)
        case .abort: try abort(frame, &effects)
        case .disconnect: disconnect(frame, &effects)
        case .connect, .stomp: throw STOMPError(.alreadyConnected, "CONNECT comes once in a session")
        case .connected, .message, .receipt, .error:
            throw STOMPError(.unknownCommand, "CONNECTED, MESSAGE, RECEIPT and ERROR come from the server only")
        }
    }

    private mutating func connect(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        guard frame.body.isEmpty else { throw STOMPError(.unexpectedBody, "only SEND has a body") }
        let accepted = frame.headers["accept-version"]
        guard let version = STOMPVersion.negotiate(accepted: accepted, subprotocol: configuration.subprotocol) else {
            throw STOMPError(.unsupportedVersion, "Supported protocol versions are 1.0 1.1 1.2")
        }
        self.version = version
        let headers = version == .v10 ? frame.headers.trimmed() : frame.headers
        if version != .v10, let text = headers["heart-beat"] {
            guard let offer = HeartBeat.Offer(text) else {
                throw STOMPError(.badHeader, "header 'heart-beat' is two numbers of milliseconds, separated by a comma")
            }
            clientHeartBeat = offer
        }
        var login = STOMPLogin()
        login.token = Self.token(headers)
        login.login = headers["login"]
        // `client-id` is what other brokers call it.
        for name in ["device", "client-id"] {
            guard login.device == nil, let device = headers[name] else { continue }
            guard Identifier.isValid(device) else {
                throw STOMPError(.badHeader, "header '\(name)' is \(Identifier.rule)")
            }
            login.device = device
        }
        if let text = headers["cursor"] {
            guard let cursor = MessageID(text) else {
                throw STOMPError(.badHeader, "header 'cursor' is a cursor of the form <ms>-<n>, or 0")
            }
            login.cursor = cursor
            login.fromStart = text == "0"
        }
        state = .authenticating
        effects.append(.authenticate(login))
    }

    static func token(_ headers: STOMPHeaders) -> String? {
        guard let text = headers["Authorization"] ?? headers["authorization"] ?? headers["passcode"] else { return nil }
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.first?.lowercased() == "bearer" else { return text.isEmpty ? nil : text }
        let token = parts.count == 2 ? parts[1].trimmed : ""
        return token.isEmpty ? nil : token
    }

    private mutating func disconnect(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) {
        // Uncommitted transactions are aborted implicitly.
        transactions = []
        let receipt = frame.headers["receipt"]
        guard waiting.isEmpty else {
            state = .disconnecting(receipt: receipt)
            return
        }
        leave(receipt, &effects)
    }

    private mutating func leave(_ receipt: String?, _ effects: inout [STOMPEffect]) {
        if let receipt { effects.append(Self.receipt(receipt)) }
        effects.append(.close(.normal))
        end()
    }

    // MARK: Tags and receipts

    /// A number for a subscription or a tag: never given twice.
    mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    /// Whether this number may have been given to a subscription.
    func hasGiven(_ number: UInt64) -> Bool { number > 0 && number <= lastNumber }

    /// Tags whose answers one receipt waits for.
    mutating func tags(_ count: Int, receipt: String?) -> [UInt64] {
        let group = nextNumber()
        groups[group] = Group(receipt: receipt, missing: count, isSingle: count == 1)
        return (0..<count).map { _ in
            let tag = nextNumber()
            waiting[tag] = group
            return tag
        }
    }

    /// The receipt of a frame that is done at once, if it asked for one.
    static func acknowledge(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) {
        if let receipt = frame.headers["receipt"] { effects.append(Self.receipt(receipt)) }
    }

    static func receipt(_ id: String, _ more: STOMPHeaders = [:]) -> STOMPEffect {
        var headers: STOMPHeaders = ["receipt-id": id]
        for entry in more.entries { headers.append(entry.name, entry.value) }
        return .reply(STOMPFrame(.receipt, headers))
    }

    /// A header that must be there and not be empty.
    static func required(_ name: String, _ frame: STOMPFrame) throws(STOMPError) -> String {
        guard let value = frame.headers[name], !value.isEmpty else {
            throw STOMPError(.missingHeader, "\(frame.command.rawValue) needs the header '\(name)'")
        }
        return value
    }
}
