import Messaging

/// One thing done to a clean record that the judge has to find, and find as just that.
enum Mutation: String, CaseIterable, Sendable {
    case drop, repeatAtOnce, repeatAfterResuming, swap, foreignDirect, foreignGroup, otherBody, invent, acceptTwice
    case dropHeard, dropFetched, fetchInsteadOfHearing, repeatHeard, swapHeard, foreignHeard
    case ghost, falseOffline, refuse, leaveUnanswered
    case missingInPostgres, doubledInPostgres, foreignInPostgres
    case missingInHistory, doubledInHistory, foreignInHistory

    var expected: AuditViolation {
        switch self {
        case .drop, .dropHeard, .dropFetched, .fetchInsteadOfHearing: .lost
        case .repeatAtOnce, .repeatAfterResuming, .repeatHeard: .repeated
        case .swap, .swapHeard: .outOfOrder
        case .foreignDirect, .foreignGroup, .foreignHeard: .foreign
        case .otherBody, .invent: .altered
        case .acceptTwice: .acceptedTwice
        case .ghost: .onlineThoughGone
        case .falseOffline: .offlineThoughHere
        case .refuse: .refused
        case .leaveUnanswered: .unanswered
        case .missingInPostgres: .missingInPostgres
        case .doubledInPostgres: .doubledInPostgres
        case .foreignInPostgres: .foreignInPostgres
        case .missingInHistory: .missingInHistory
        case .doubledInHistory: .doubledInHistory
        case .foreignInHistory: .foreignInHistory
        }
    }

    /// Does it, at a place that is drawn.
    /// - Returns: false when the record has no place for it.
    func apply(to record: inout MutableRecord) -> Bool {
        switch self {
        case .drop: record.drop()
        case .repeatAtOnce: record.repeatAtOnce()
        case .repeatAfterResuming: record.repeatAfterResuming()
        case .swap: record.swap()
        case .foreignDirect: record.deliverToStranger(of: \.isDirect)
        case .foreignGroup: record.deliverToStranger(of: \.isGroup)
        case .dropHeard: record.dropHeard()
        case .dropFetched: record.dropFetched()
        case .fetchInsteadOfHearing: record.fetchInsteadOfHearing()
        case .repeatHeard: record.repeatHeard()
        case .swapHeard: record.swapHeard()
        case .foreignHeard: record.letStrangerHear()
        case .otherBody: record.change(.delivered) { $0.hash ^= 1 }
        case .invent: record.invent()
        case .acceptTwice: record.acceptTwice()
        case .ghost: record.change(.presence, as: .isUser) { $0.flags = [.isUser, .toldOnline] }
        case .falseOffline: record.change(.presence, as: .isUser) { $0.flags = [.isUser, .isOnline] }
        case .refuse: record.refuse()
        case .leaveUnanswered: record.leaveUnanswered()
        case .missingInPostgres: record.remove(.row)
        case .doubledInPostgres: record.duplicate(.row)
        case .foreignInPostgres: record.inventCopy(.row)
        case .missingInHistory: record.remove(.history)
        case .doubledInHistory: record.duplicate(.history)
        case .foreignInHistory: record.inventCopy(.history)
        }
    }
}
