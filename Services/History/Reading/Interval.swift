/// Ids between two others, which are not in it themselves.
struct Interval: Hashable, Sendable {
    var after: StoredID
    var before: StoredID

    /// All ids.
    static let all = Interval(after: .zero, before: .last)

    /// What is in both; nil when that is nothing.
    func intersection(_ other: Interval) -> Interval? {
        let common = Interval(after: max(after, other.after), before: min(before, other.before))
        return common.after < common.before ? common : nil
    }

    func contains(_ id: StoredID) -> Bool { after < id && id < before }
}
