/// What a token lets its bearer do with topics besides what the rules let everybody do: the claim `topics`,
/// `{"publish":["news.*"],"subscribe":["news.*","staff"]}`.
public struct TopicGrants: Hashable, Sendable {
    /// No grants.
    public static let none = TopicGrants()

    private var publish: [TopicPattern] = []
    private var subscribe: [TopicPattern] = []

    /// The patterns of topics that may be published to.
    public var publishes: [String] { publish.map(\.description) }
    /// The patterns of topics that may be subscribed to.
    public var subscribes: [String] { subscribe.map(\.description) }

    private init() {}

    /// Grants of patterns such as `news`, `news.*` or `*`; nil when one of them is none.
    public init?(publish: [String], subscribe: [String]) {
        let patterns = (publish.compactMap { TopicPattern($0) }, subscribe.compactMap { TopicPattern($0) })
        guard patterns.0.count == publish.count, patterns.1.count == subscribe.count else { return nil }
        (self.publish, self.subscribe) = patterns
    }

    /// Whether they allow it.
    public func allow(_ right: TopicRules.Right, topic: String) -> Bool {
        switch right {
        case .publish: publish.contains { $0.fit(topic) != nil }
        case .subscribe: subscribe.contains { $0.fit(topic) != nil }
        }
    }
}
