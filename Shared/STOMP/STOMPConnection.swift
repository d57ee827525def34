import Messaging

/// A STOMP connection: the parser, the session and the heart-beats in one, for the owner of a WebSocket (or of a SockJS session).
///
/// Bytes are read only as far as the session takes frames: what comes behind CONNECT waits until the token has been looked at.
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

    /// A text or binary message has come.
    public mutating func receive(_ bytes: Span<UInt8>, now: Duration) -> [STOMPEffect] {
        heartBeat?.received(now: now)
        guard session.takesFrames || session.isAuthenticating else { return [] }
        parser.append(bytes)
        return proceed()
    }

    /// The token holds: CONNECTED goes out, heart-beats begin, and what waited is read.
    public mutating func authenticated(user: String, session id: String, now: Duration) -> [STOMPEffect] {
        let effects = session.authenticated(user: user, session: id)
        guard session.isConnected else { return effects }
        if session.version != .v10 {
            heartBeat = HeartBeat(server: configuration.heartBeat, client: session.clientHeartBeat, now: now)
        }
        return effects + proceed()
    }

    /// Something was written to the socket.
    public mutating func sent(now: Duration) { heartBeat?.sent(now: now) }

    /// To be asked regularly: whether an end-of-line must be sent, or the client has been silent for too long.
    public mutating func tick(now: Duration, next: Duration) -> HeartBeat.Action? {
        heartBeat?.tick(now: now, next: next)
    }

    private mutating func proceed() -> [STOMPEffect] {
        var effects: [STOMPEffect] = []
        do throws(STOMPError) {
            while session.takesFrames, let frame = try parser.next(version: session.version) {
                effects += session.received(frame)
            }
            if session.isAuthenticating, parser.waitingBytes > configuration.limits.waitingBytes {
                throw STOMPError(
                    .tooMuchWaiting,
                    "at most \(configuration.limits.waitingBytes) bytes may follow CONNECT before CONNECTED comes")
            }
        } catch {
            effects += session.fail(error)
        }
        return effects
    }
}
