import Messaging

/// How far this user has read: one mark speaks for all before it, so many messages at once take one. What cannot be told now is told in the next session.
struct ReadMarks: Sendable {
    /// How long marks wait for those after them, in milliseconds, and how many are told at once.
    static let delay: Int64 = 250
    static let atOnce = 20
    /// Of how many conversations marks may wait. Past it the oldest mark is left out; the next one of that conversation covers it.
    static let capacity = 1_000

    private var marks: [String: MessageID] = [:]
    private var order: [String] = []
    /// When they are to be told, by ``Moment/elapsed``.
    private(set) var deadline: Int64?

    init() {}

    mutating func add(_ conversation: String, _ id: MessageID, _ now: Moment) {
        if let known = marks[conversation] {
            if id > known { marks[conversation] = id }
            return
        }
        if order.count >= Self.capacity { marks[order.removeFirst()] = nil }
        marks[conversation] = id
        order.append(conversation)
        deadline = deadline ?? now.elapsed + Self.delay
    }

    /// Those that are to be told now, to a session that there is.
    mutating func flush(_ now: Moment, all: Bool = false) -> [(String, MessageID)] {
        let count = all ? order.count : min(order.count, Self.atOnce)
        let told = order.prefix(count).map { ($0, marks.removeValue(forKey: $0) ?? .zero) }
        order.removeFirst(count)
        deadline = order.isEmpty ? nil : now.elapsed + Self.delay
        return told
    }

    /// Without a session they wait for the next one.
    mutating func postpone() { deadline = nil }
}
