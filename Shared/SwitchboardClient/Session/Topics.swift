import Messaging

/// The topics that a client hears: asked for in each session, after what was seen last, so that every message comes once and in order however often the
/// connection breaks.
struct Topics: Sendable {
    struct Subscription: Sendable {
        /// Where it was begun.
        var start: TopicStart
        /// The largest id seen; what comes after it is asked for when there is a session again.
        var place: MessageID?
        /// The last ids seen.
        var recent = RecentIDs(capacity: 1_000)
        /// Changes with each subscribe and each session: what belongs to an earlier one is known as such.
        var turn: Int

        /// Where to begin now.
        var next: TopicStart { place.map { .after($0) } ?? start }

        mutating func advance(_ id: MessageID) { place = max(place ?? .zero, id) }
    }

    /// What one session may hear.
    static let limit = 100
    /// The topic that everybody hears, subscribed or not.
    static let all = "topic:all"

    private(set) var subscriptions: [String: Subscription] = [:]
    /// In the order in which they were asked for.
    private(set) var names: [String] = []

    init() {}

    subscript(topic: String) -> Subscription? {
        get { subscriptions[topic] }
        set {
            if newValue != nil, subscriptions[topic] == nil { names.append(topic) }
            if newValue == nil, subscriptions[topic] != nil { names.removeAll { $0 == topic } }
            subscriptions[topic] = newValue
        }
    }

    /// The topic of a conversation; nil when it is none.
    static func topic(of conversation: String) -> String? {
        conversation.hasPrefix("topic:") ? String(conversation.dropFirst("topic:".count)) : nil
    }

    /// There is no session any more: what was asked for in it is not answered.
    mutating func closed() { for name in names { subscriptions[name]?.turn = -1 } }
}
