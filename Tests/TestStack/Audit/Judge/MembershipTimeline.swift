import Messaging

/// When a user was a member of a group, by the ids of the log.
struct MembershipTimeline {
    /// Whether a message of some id is for this user.
    enum Answer { case yes, no, either }

    private struct Change {
        /// The change is an entry after this one…
        var after: MessageID
        /// …and not after this one.
        var upTo: MessageID
        var joined: Bool
    }

    private var changes: [Change] = []

    /// Takes in a `joined` or `left`.
    mutating func add(_ event: RecordEvent) {
        let change = Change(after: event.cursor, upTo: event.id, joined: event.kind == .joined)
        changes.insert(change, at: changes.lastIndex { $0.upTo <= change.upTo }.map { $0 + 1 } ?? 0)
    }

    func isMember(at id: MessageID) -> Answer {
        var answer = Answer.no
        for change in changes {
            if id > change.upTo {
                answer = change.joined ? .yes : .no
            } else if id > change.after {
                // Within the window in which a change took place that could not be told exactly.
                return .either
            } else {
                break
            }
        }
        return answer
    }
}
