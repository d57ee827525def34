public import Messaging

/// What presence says of a user, without an interest in it: HMGET of the user's presence.
public enum PresenceState {
    /// The call.
    public static func command(keys: Keys, user: String) -> RedisCommand {
        RedisCommand(
            "HMGET", .text(keys.presence(user)), "status", "since", "mode", "text", "shown", "shown-since", "rev")
    }

    /// The view, as `presence_view.lua` has it. A hash from before there was hiding has the first two fields only.
    public static func reply(_ value: RedisValue) throws(RedisError) -> PresenceView {
        let parts = try value.elements("HMGET presence", atLeast: 7)
        let own = PresenceView.Face(
            isOnline: parts[0].string == "online", since: parts[1].int ?? 0,
            mode: parts[2].string.flatMap { PresenceView.Mode(rawValue: $0) } ?? .online, text: parts[3].string ?? "")
        let isOnline = (parts[4].string ?? parts[0].string) == "online"
        let shown = PresenceView.Face(
            isOnline: isOnline, since: (parts[5] == .null ? parts[1] : parts[5]).int ?? 0,
            mode: isOnline && own.mode == .away ? .away : .online, text: isOnline ? own.text : "")
        return PresenceView(revision: parts[6].int.map { UInt64(clamping: $0) } ?? 0, shown: shown, own: own)
    }
}
