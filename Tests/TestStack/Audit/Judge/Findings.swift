import Messaging

/// What the judges have found: how many of each kind, and the first few of each with what they are about.
struct Findings {
    /// What a violation is about, to find it in the record again.
    struct Subject {
        var device: UInt32?
        /// A user who read history, or whom presence told of.
        var user: UInt32?
        var conversation = ConversationKey.none
        var id: MessageID?
        /// The message by its sender's counter.
        var sender: UInt32?
        var n: UInt32?
    }

    struct Finding {
        var kind: AuditViolation
        var text: String
        var subject: Subject
    }

    /// How many of a kind are kept with their stories.
    static let kept = 10

    private(set) var counts: [AuditViolation: Int] = [:]
    private var found: [AuditViolation: [Finding]] = [:]

    mutating func add(_ kind: AuditViolation, _ subject: Subject, _ text: String) {
        counts[kind, default: 0] += 1
        guard found[kind, default: []].count < Self.kept else { return }
        found[kind, default: []].append(Finding(kind: kind, text: text, subject: subject))
    }

    mutating func add(_ other: Findings) {
        counts.merge(other.counts, uniquingKeysWith: +)
        for (kind, list) in other.found {
            found[kind] = Array((found[kind, default: []] + list).prefix(Self.kept))
        }
    }

    /// The first ten, of each kind some.
    var first: [Finding] {
        var picked: [Finding] = []
        for round in 0..<Self.kept {
            for (_, list) in found.sorted(by: { $0.key < $1.key }) where list.count > round {
                picked.append(list[round])
            }
        }
        return Array(picked.prefix(Self.kept))
    }
}
