import Messaging

/// A STOMP connection: the parser, the session and the heart-beats in one, for the owner of a WebSocket (or of a SockJS session).
///
/// Frames are read one at a time, when the owner asks for the ``next()``, and only as far as the session takes them: what comes behind CONNECT waits
/// until the token has been looked at.
public struct STOMPConnection: Sendable {
    private let configuration: STOMPConfiguration
    private var parser: STOMPFrameParser
    private var heartBeat: HeartBeat?
    /// The session. Deliveries and answers go to it directly; only ``authenticated(user:session:now:)`` comes through here.
    public var session: STOMPStateMachine

    /// A connection before its first byte.
    public init(_ configuration: STOMPConfiguration) {
        self.configuration = configuration
        parser = STOMPFrameParser(limits: configuration.limits)
        session = STOMPStateMachine(configuration)
    }

    /// A text or binary message has come. What it brings about, ``next()`` tells.
    public mutating func receive(_ bytes: Span<UInt8>, now: Duration) {
        heard(now: now)
        guard session.takesFrames || session.isAuthenticating else { return }
        parser.append(bytes)
    }

    /// The other side has said something, or was not listened to up to now.
    public mutating func heard(now: Duration) { heartBeat?.received(now: now) }

    /// What the next frame that has come brings about; nil when there is none, or none is taken now.
    public mutating func next() -> STOMPStep? {
        do throws(STOMPError) {
            guard session.takesFrames, let frame = try parser.next(version: session.version) else {
                guard session.isAuthenticating, parser.waitingBytes > configuration.limits.waitingBytes else {
                    return nil
                }
                throw STOMPError(
                    .tooMuchWaiting,
                    "at most \(configuration.limits.waitingBytes) bytes may follow CONNECT before CONNECTED comes")
            }
            return STOMPStep(command: frame.command, effects: session.received(frame))
        } catch {
            return STOMPStep(command: nil, effects: session.fail(error, receipt: parser.receipt))
        }
    }

    /// The token holds: CONNECTED goes out, and heart-beats begin.
    public mutating func authenticated(
        user: String, session id: String, more: STOMPHeaders = [:], now: Duration
    ) -> [STOMPEffect] {
        let effects = session.authenticated(user: user, session: id, more: more)
        guard session.isConnected else { return effects }
        if session.version != .v10 {
            heartBeat = HeartBeat(server: configuration.heartBeat, client: session.clientHeartBeat, now: now)
        }
        return effects
    }

    /// Something was written to the socket.
    public mutating func sent(now: Duration) { heartBeat?.sent(now: now) }

    /// To be asked regularly: whether an end-of-line must be sent, or the client has been silent for too long.
    public mutating func tick(now: Duration, next: Duration) -> HeartBeat.Action? {
        heartBeat?.tick(now: now, next: next)
    }
}

/// What a frame has brought about.
public struct STOMPStep: Hashable, Sendable {
    /// The frame's command; nil when it could not be read.
    public var command: STOMPCommand?
    public var effects: [STOMPEffect]

    /// A step of its parts.
    public init(command: STOMPCommand?, effects: [STOMPEffect]) {
        self.command = command
        self.effects = effects
    }
}
