import Messaging
import STOMP

extension SwarmFrame {
    /// The same of a STOMP frame.
    init(_ frame: STOMPFrame, _ names: AuditNames) {
        self.init()
        let headers = frame.headers
        cursor = headers["cursor"].flatMap { MessageID($0) }
        switch frame.command {
        case .connected: kind = .welcome
        case .message where headers["type"] == "gap": self = SwarmFrame(frame.body, names) ?? self
        case .message where headers["type"] == nil:
            kind = .message
            id = headers["message-id"].flatMap { MessageID($0) }
            conversation = headers["conversation"].map { names.conversation(named: Array($0.utf8)[...]) } ?? .none
            from = headers["from"].flatMap { names.user(named: Array($0.utf8)[...]) }
            body = SwarmBody(frame.body)
        case .receipt:
            n = headers["receipt-id"].flatMap { UInt64($0) }
            guard let message = headers["message-id"].flatMap({ MessageID($0) }) else { return }
            kind = .accepted
            id = message
            conversation = headers["conversation"].map { names.conversation(named: Array($0.utf8)[...]) } ?? .none
            isDuplicate = headers["duplicate"] != nil
        case .error:
            // It is the session's end, and no more than that where nothing was refused.
            let isRefusal = headers["code"].flatMap { ErrorCode(rawValue: $0) } != nil
            kind = isRefusal ? .error : .other
            url = headers["url"]
            n = headers["receipt-id"].flatMap { UInt64($0) }
            code = headers["code"] ?? ""
            retryAfter = headers["retry-after"].flatMap { UInt64($0) }
        default: break
        }
    }
}
