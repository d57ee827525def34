import Hummingbird
import Messaging
import ServiceRuntime

/// Reads what a request asks for; what is wrong is answered with the name of the field and the remedy.
enum HistoryQuery {
    static let limits = 1...200
    /// The longest search, in bytes.
    private static let searchLength = 512

    /// The conversation in the path.
    static func conversation(_ context: RESTContext) throws(Problem) -> Conversation {
        try conversation(context.parameters.get("conversation") ?? "")
    }

    private static func conversation(_ text: String) throws(Problem) -> Conversation {
        guard let conversation = Conversation(text) else {
            throw .badRequest(
                "conversation: must be dm:<a>:<b> with the two users in bytewise order, group:<id> or topic:<id>; "
                    + "an id is \(Identifier.rule)")
        }
        return conversation
    }

    /// The message id in the path.
    static func messageID(_ context: RESTContext) throws(Problem) -> StoredID {
        try id(context.parameters.get("id") ?? "", field: "id")
    }

    /// A message id among the parameters; nil when it is absent.
    static func id(_ field: String, _ request: Request) throws(Problem) -> StoredID? {
        guard let text = request.uri.queryParameters[Substring(field)] else { return nil }
        return try id(String(text), field: field)
    }

    /// What to search for.
    static func search(_ request: Request) throws(Problem) -> String {
        guard let text = request.uri.queryParameters["q"].map(String.init) else {
            throw .badRequest("q: say what to search for, as in q=hello")
        }
        guard (1...searchLength).contains(text.utf8.count), !text.utf8.contains(0) else {
            throw .badRequest("q: must have 1 to \(searchLength) bytes of UTF-8, and no NUL character")
        }
        // Forms write a blank as a plus, and no word has one: to Postgres it would join two words to a phrase.
        return text.replacing("+", with: " ")
    }

    /// The conversation among the parameters; nil when it is absent.
    static func conversationParameter(_ request: Request) throws(Problem) -> Conversation? {
        guard let text = request.uri.queryParameters["conversation"] else { return nil }
        return try conversation(String(text))
    }

    /// A user id among the parameters; nil when it is absent.
    static func user(_ field: String, _ request: Request) throws(Problem) -> String? {
        guard let text = request.uri.queryParameters[Substring(field)].map(String.init) else { return nil }
        guard Identifier.isValid(text) else { throw .badRequest("\(field): must be a user id, \(Identifier.rule)") }
        return text
    }

    static func limit(_ request: Request, default: Int = 50, in range: ClosedRange<Int> = limits) throws(Problem) -> Int
    {
        guard let text = request.uri.queryParameters["limit"] else { return `default` }
        guard let limit = Int(text), range.contains(limit), text.utf8.first != UInt8(ascii: "+") else {
            throw .badRequest("limit: must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return limit
    }

    private static func id(_ text: String, field: String) throws(Problem) -> StoredID {
        guard let id = MessageID(text) else {
            throw .badRequest(
                "\(field): must be a message id <ms>-<n>, such as 1760000000000-0, or 0 for the beginning")
        }
        return StoredID(clamping: id)
    }
}
