public import Messaging

/// Where to begin with a topic.
public enum TopicStart: Hashable, Sendable {
    /// With what is said from now on, or as it is heard already.
    case now
    /// With all that the topic's log still holds.
    case beginning
    /// With what was said after this message, or after the place that ``ClientEvent/subscribed(topic:after:)`` told.
    case after(MessageID)
}
