import HTTPTypes
import Messaging
import ServiceRuntime

/// What becomes of the wish to change a message.
enum ChangeVerdict: String, CaseIterable, Sendable {
    case done
    /// There is no such message, or it is not for this user.
    case unknown
    /// The user is not in the conversation.
    case stranger
    /// The message is another's.
    case author
    /// The time for it is over.
    case late
    /// The message was deleted.
    case deleted

    /// The code that whoever asked is answered with; nil when it was granted.
    var code: ErrorCode? {
        switch self {
        case .done: nil
        case .unknown, .deleted: .notFound
        case .stranger, .author, .late: .forbidden
        }
    }

    /// Why it is refused, naming the field and the remedy.
    func reason(isDeletion: Bool) -> String {
        switch self {
        case .done: ""
        case .unknown: "field 'id': there is no such message in this conversation, or it is not for this user"
        case .stranger: "field 'conversation' is one that this user is not in"
        case .author: "field 'id' is another user's message: only its sender or an admin changes it"
        case .late: "field 'id': the time in which this message may be \(isDeletion ? "deleted" : "edited") is over"
        case .deleted: "field 'id' is a message that was deleted: send a new one"
        }
    }

    /// The same as the answer to a request over REST; nil when it is granted.
    func problem(isDeletion: Bool) -> Problem? {
        let reason = reason(isDeletion: isDeletion)
        switch self {
        case .done: return nil
        case .unknown: return .notFound(reason)
        case .stranger, .author, .late: return .forbidden(reason)
        case .deleted: return Problem(.conflict, code: "not_found", detail: reason)
        }
    }
}
