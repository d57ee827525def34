import Messaging
import NIOCore

/// A session's words as the contract's JSON frames.
extension SessionNotice {
    enum Frame {
        /// This session's alone.
        case own([UInt8])
        case shared(ByteBuffer)
    }

    /// The frame.
    /// - Parameter session: Whose words these are; nil before there is one.
    func json(of session: Session?) -> Frame {
        switch self {
        case .welcome(let cursor): return .own(session?.welcome(cursor) ?? [])
        case .accepted(let n, let id, let conversation, let isDuplicate):
            return .own(ServerFrame.accepted(n: n, id: id, conversation: conversation, isDuplicate: isDuplicate))
        case .signal(let signal): return .shared(signal.frame)
        case .read(let read): return .shared(read.frame)
        case .presence(let frame): return .shared(frame)
        case .gap(let after):
            return .own(
                ServerFrame.gap(
                    after: after,
                    reason: "the inbox no longer reaches back to the cursor: fetch /v1/sync from 'after' on"))
        case .topicGap(let conversation, let after):
            return .own(
                ServerFrame.gap(
                    conversation: conversation, after: after,
                    reason: "not all since then is told here: fetch the conversation from 'after' on"))
        case .ok(let n, let after): return .own(after.map { ServerFrame.ok(n: n, after: $0) } ?? ServerFrame.ok(n: n))
        case .moving(let url, let within): return .own(ServerFrame.moving(url: url, within: within))
        case .failure(let code, let message, let n, let retryAfter):
            return .own(ServerFrame.error(code, message, n: n, retryAfter: retryAfter))
        }
    }
}

extension RoutedMessage {
    /// What a message's JSON frame begins with: its ``tail`` follows.
    func prefix(cursor: MessageID?) -> [UInt8] {
        if let change { return ServerFrame.Message.prefix(of: change, cursor: cursor) }
        return cursor.map { ServerFrame.Message.prefix(cursor: $0) } ?? ServerFrame.Message.prefix
    }
}

extension Session {
    fileprivate func welcome(_ cursor: MessageID) -> [UInt8] {
        let configuration = environment.configuration
        return ServerFrame.welcome(
            user: user, device: device, session: id, edge: configuration.edgeID, cursor: cursor,
            heartbeat: Int(configuration.heartbeatInterval.nanoseconds / 1_000_000_000),
            limits: ServerFrame.Limits(
                messageBytes: configuration.messageLimit, rate: configuration.rate, burst: configuration.burst,
                inFlight: configuration.inFlightLimit, sessions: configuration.sessionsPerUser,
                reconnectWithin: ReconnectSpread.milliseconds(
                    sessions: environment.sessions, rate: configuration.reconnectRate)))
    }
}
