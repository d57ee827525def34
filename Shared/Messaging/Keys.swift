/// The names of all keys in Redis, under one prefix.
///
/// Braces are hash tags: all keys that one script touches have the same tag, so the same names work on Redis Cluster.
public struct Keys: Sendable {
    /// What every key starts with, `sb:` unless set otherwise.
    public let prefix: String

    /// Names under `prefix`.
    public init(prefix: String = "sb:") { self.prefix = prefix }

    /// A key of one id. Keys are made for each call to Redis: one allocation, and nothing is interpolated.
    private func key(_ tag: String, _ id: String, _ name: String) -> String {
        var key = prefix
        key.reserveCapacity(prefix.utf8.count + tag.utf8.count + id.utf8.count + name.utf8.count)
        key.append(tag)
        key.append(id)
        key.append(name)
        return key
    }

    // A partition n: {p:n}

    /// Stream: the log of a partition. Its entries are ``LogEntry``.
    public func log(_ partition: Int) -> String { "\(prefix){p:\(partition)}:log" }
    /// Stream, capped, never recovered: signals on their way to the router. Its entries are ``SignalEntry``, and ``MissEntry``.
    public func signals(_ partition: Int) -> String { "\(prefix){p:\(partition)}:signals" }
    /// Stream: session events of the users of a partition. Its entries are ``SessionEvent``.
    public func sessionEvents(_ partition: Int) -> String { "\(prefix){p:\(partition)}:session-events" }
    /// List: the highest counters of a device on this partition (`<n>:<id>`, the highest last). 24 h at least.
    public func sent(_ partition: Int, user: String, device: String) -> String {
        "\(prefix){p:\(partition)}:sent:\(user)/\(device)"
    }
    /// String: the id that a request with this `Idempotency-Key` was given. 24 h. `asked`: what for, without a slash; for anything else the same key is another one.
    public func idempotency(_ partition: Int, user: String, asked: String, key: String) -> String {
        "\(prefix){p:\(partition)}:idempotency:\(user)/\(asked)/\(key)"
    }
    /// String: the last entry of this partition that asked for a change of a message and was answered by history in the log.
    public func judged(_ partition: Int) -> String { "\(prefix){p:\(partition)}:judged" }
    /// Hash: who reads this partition for a group of services, until when, in which term.
    public func lease(_ partition: Int, group: String) -> String { "\(prefix){p:\(partition)}:lease:\(group)" }
    /// String: the id up to which a group of services has done its work on the partition's log.
    public func position(_ partition: Int, group: String) -> String { "\(prefix){p:\(partition)}:position:\(group)" }
    /// Stream: entries that a group of services could not handle, with the reason. Its entries are ``DeadLetter``.
    public func deadLetters(_ partition: Int, group: String) -> String { "\(prefix){p:\(partition)}:dead:\(group)" }
    /// Hash: what has been put aside beyond the position: entry's id → `*`, or the users (with blanks between) for whom.
    public func putAside(_ partition: Int, group: String) -> String { "\(prefix){p:\(partition)}:aside:\(group)" }
    /// Sorted set: users without a session, by the time (ms) at which they count as offline.
    public func grace(_ partition: Int) -> String { "\(prefix){p:\(partition)}:grace" }

    /// Stream, capped: users of a partition who came online or went offline. Its entries are ``PresenceTransition``.
    public func transitions(_ partition: Int) -> String { "\(prefix){p:\(partition)}:transitions" }

    // A user: {u:user}

    /// Stream: a user's inbox. Its entries are ``InboxEntry``.
    public func inbox(_ user: String) -> String { key("{u:", user, "}:inbox") }
    /// Hash: session id → `<incarnation> <device>`, and ` hidden` where others are not to see it.
    public func sessions(_ user: String) -> String { key("{u:", user, "}:sessions") }
    /// Hash: device → `<cursor> <last seen, ms> <cursor that its client named last>`.
    public func devices(_ user: String) -> String { key("{u:", user, "}:devices") }
    /// Hash: partition → last message id delivered from it; `last` → last id ever given in the inbox; `revoked` → tokens issued before this (ms) are refused;
    /// `pulled` → up to which message a page made for a Spring server was told of it, and whether a device was known then;
    /// `anonymous` → 1 for a user without a token, whose keys all expire (a field of ``presence(_:)`` as well);
    /// `place`: absent where the sessions are where the ring says, `elsewhere` when some may not be, `nowhere` when there was none.
    public func marks(_ user: String) -> String { key("{u:", user, "}:marks") }
    /// Hash: what presence says of a user: `status`, `since` (ms) and how others see it, see `presence_view.lua`.
    public func presence(_ user: String) -> String { key("{u:", user, "}:presence") }
    /// Hash: incarnation of an edge on which somebody watches the user → until when that holds (ms).
    public func watchers(_ user: String) -> String { key("{u:", user, "}:watchers") }
    /// Sorted set: users with whom there is a direct conversation, by when that was noted (ms).
    public func contacts(_ user: String) -> String { key("{u:", user, "}:contacts") }
    /// Hash: group → id of the change that brought the user in. It may name too many; the groups' members are the truth.
    public func groups(_ user: String) -> String { key("{u:", user, "}:groups") }

    /// List: how the user's latest sessions came to their ends, newest first, see ``Closing``. Five, for a day.
    public func closes(_ user: String) -> String { key("{u:", user, "}:closes") }
    /// Hash: group with a log of its own → `in <change>`, since when its log is to be heard (and behind it until when it was before that, if it
    /// was), or `out <change>`, until when it was.
    public func feeds(_ user: String) -> String { key("{u:", user, "}:feeds") }

    // A group: {g:group}

    /// Set: the members of a group.
    public func members(_ group: String) -> String { key("{g:", group, "}:members") }
    /// Set, expiring: the members that a change is about to bring.
    public func stagedMembers(_ group: String, _ change: MessageID) -> String {
        "\(prefix){g:\(group)}:staged:\(change)"
    }
    /// Hash: `name`, `version` (id of the last change applied), `deleted` (0 or 1); of a group with a log of its own `large` (the change that made
    /// it so) and `departed` (the last change by which somebody left).
    public func group(_ group: String) -> String { key("{g:", group, "}:group") }

    // A feed: {t:topic}, or {g:group}

    /// Stream: the log of a feed. Its entries are ``FeedEntry``; their ids are places, which are message ids.
    public func feedLog(_ feed: Feed) -> String { key("{", feed.tag, "}:log") }
    /// Hash: `last`, the place of the last message of a feed, whether its log still has it or not.
    public func feedHead(_ feed: Feed) -> String { key("{", feed.tag, "}:head") }
    /// Hash: who is to be told of a feed's messages: `<incarnation>/<event loop>` → until when (ms).
    public func feedEdges(_ feed: Feed) -> String { key("{", feed.tag, "}:edges") }

    // An edge

    /// Stream, capped: what an edge is to look at. Its entries hold one ``EdgeBatch`` each, in the field `batch`.
    public func out(_ edge: String) -> String { key("{e:", edge, "}:out") }
    /// Stream, capped, cut off where it was read, expiring: what other edges ask this one, and answer it. Its entries are ``SockJSCall``.
    public func calls(_ edge: String) -> String { key("{e:", edge, "}:calls") }
    /// Hash: session id → `<sequence> <user>`, of one incarnation of an edge; kept by presence for the sweep.
    public func incarnation(_ incarnation: String) -> String { key("{i:", incarnation, "}:sessions") }
    /// Hash: partition → the last of its session events that was recorded for this incarnation.
    public func incarnationFence(_ incarnation: String) -> String { key("{i:", incarnation, "}:fence") }
    /// Sorted set: sessions of an incarnation that have ended, by the sequence of that; the last few thousand.
    public func incarnationEnded(_ incarnation: String) -> String { key("{i:", incarnation, "}:ended") }

    // A SockJS session: {k:address and id}

    /// String, expiring: where a SockJS session lives, an ``EdgePlace``.
    public func sockJS(_ session: String) -> String { key("{k:", session, "}:place") }

    // An instance of presence

    /// Stream, capped, expiring: what edges answer to an explain of this instance. Its entries hold `request`, `edge` and `answer`, which is JSON.
    public func explanations(_ instance: String) -> String { key("{x:", instance, "}:explain") }

    // Everyone

    /// Stream, capped: what every edge is to look at. Its entries are like those of ``out(_:)``.
    public var all: String { "\(prefix)all" }
    /// Hash: edge → ``EdgeRecord`` as JSON; an edge that is not in it is not alive.
    public var edges: String { "\(prefix)edges" }
    /// Set: incarnations that are dead and whose sessions are still to be swept.
    public var deadIncarnations: String { "\(prefix)edges:dead" }
    /// String: the ``Ring`` as JSON; presence's owner of partition 0 writes it.
    public var ring: String { "\(prefix)ring" }
    /// Stream, capped: the changes of the ring, `version` and `ring` (as JSON).
    public var ringChanges: String { "\(prefix)ring:changes" }
    /// Sorted set: users whose sessions were ended, by the time (ms) before which their tokens are refused.
    public var revocations: String { "\(prefix)revocations" }
    /// Hash: `partitions` → the number of partitions the log was made with.
    public var installation: String { "\(prefix)installation" }
    /// Hash: the live instances of a group of services, instance → lease end (ms).
    public func instances(group: String) -> String { "\(prefix)instances:\(group)" }
}
