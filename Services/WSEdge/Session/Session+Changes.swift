import Authentication
import Messaging
import RedisStreams

/// Messages that the client wants changed.
extension Session {
    /// What of a token lets its user change everybody's messages.
    static let administration = "admin"

    /// A message is to say something else, or to be no more. What is asked is appended to the log of the message's conversation; whose it is, only history knows,
    /// which decides. What is refused here would be refused there, too: it is said sooner.
    func change(
        n: UInt64, _ kind: LogEntry.Kind, _ conversation: Conversation, _ id: MessageID, data: [UInt8],
        deduplication: PublishScript.Deduplication = .counter
    ) {
        guard admits(.frame, n: n) else { return }
        let isAdmin = scopes.contains(Self.administration)
        let entry = LogEntry(
            kind: kind, conversation: conversation, from: user, device: device, n: n, data: data,
            change: LogEntry.Change(message: id, isAdmin: isAdmin))
        if isAdmin {
            begin()
            return publish(entry, deduplication)
        }
        switch conversation.kind {
        case .direct(let one, let other):
            guard user == one || user == other else {
                return fail(.forbidden, "field 'conversation' is one that this user is not in", n: n)
            }
            begin()
            publish(entry, deduplication)
        case .group(let group):
            begin()
            publish(entry, fromMemberOf: group, deduplication)
        case .topic(let topic):
            guard may(.publish, topic) else {
                return fail(
                    .forbidden, "field 'conversation': this user may not publish to the topic '\(topic)'", n: n)
            }
            begin()
            publish(entry, deduplication)
        }
    }
}
