internal import Messaging

/// Reads the part of a reply that `presence_view.lua` makes.
extension PresenceView {
    /// How many elements it has.
    static let replyLength = 9

    /// The view in `parts` from `place` on.
    init(_ parts: [RedisValue], at place: Int, _ script: StaticString) throws(RedisError) {
        guard parts.count >= place + Self.replyLength, let revision = UInt64(try parts[place].text(script)) else {
            throw .unexpectedReply(script)
        }
        self.init(
            revision: revision, shown: try Self.face(parts, place + 1, script),
            own: try Self.face(parts, place + 5, script))
    }

    private static func face(
        _ parts: [RedisValue], _ place: Int, _ script: StaticString
    ) throws(RedisError) -> Face {
        Face(
            isOnline: try parts[place].text(script) == "online", since: try parts[place + 1].number(script),
            mode: Mode(rawValue: try parts[place + 2].text(script)) ?? .online, text: try parts[place + 3].text(script))
    }
}
