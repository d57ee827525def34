/// A stretch of a conversation that somebody may read, and so search.
struct SearchScope: Hashable, Sendable {
    /// The conversation's key.
    var conversation: Int64
    var name: String
    var interval: Interval
    /// The time of the conversation's last message: there is nothing to search later.
    var lastSaid: Int64

    /// Whether any of it may be in a month.
    func reaches(into month: Month) -> Bool {
        let end = month.advanced(by: 1).start
        return interval.after.ms < end && interval.before.ms >= month.start && lastSaid >= month.start
    }
}
