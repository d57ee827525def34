import Messaging

// Topics and presence
extension SwitchboardClient {
    /// Hears a topic until ``unsubscribe(_:)``, over every reconnect: each message once, in order. ``ClientEvent/subscribed(topic:after:)`` or
    /// ``ClientEvent/topicRefused(topic:_:)`` follows.
    ///
    /// `all` is heard by everybody; subscribing to it resumes it as well. A topic that is heard is begun anew by another place.
    /// - Throws: ``ClientError`` `invalid` when it is no id.
    public func subscribe(_ topic: String, from start: TopicStart = .now) throws(ClientError) {
        guard Identifier.isValid(topic) else {
            throw ClientError(.invalid, "\"\(topic.prefix(140))\" is no topic: \(Identifier.rule)")
        }
        on { $0.subscribe(topic, from: start) }
    }

    /// Hears a topic no more.
    public func unsubscribe(_ topic: String) { on { $0.unsubscribe(topic) } }

    /// Tells the presence of users, now and whenever it changes, until ``unwatch(_:)``, over every reconnect. ``ClientEvent/watchRefused(users:_:)`` follows for those
    /// who may not be watched, or when more than 1,000 would be.
    /// - Throws: ``ClientError`` `invalid` when one is no id.
    public func watch(_ users: [String]) throws(ClientError) {
        if let wrong = users.first(where: { !Identifier.isValid($0) }) {
            throw ClientError(.invalid, "\"\(wrong.prefix(140))\" is no user's id: \(Identifier.rule)")
        }
        on { $0.watch(users) }
    }

    /// Tells it no more.
    public func unwatch(_ users: [String]) { on { $0.unwatch(users) } }
}
