import FoundationEssentials

/// How far the erasure of a user is: what stands in its job's `step`.
///
/// Each phase may be done again from its beginning without harm.
struct ErasureStep: Codable, Hashable, Sendable {
    enum Phase: String, Codable, Sendable {
        /// The user leaves the groups, by entries of the log.
        case groups
        /// Message-router ends the sessions and removes what Redis has, for each partition in its turn.
        case log
        case messages
        case marks
        case memberships
        /// What sessions have left behind in Redis as they ended.
        case rest
    }

    /// A place in a table that is gone through; behind nothing at first.
    struct Place: Codable, Hashable, Sendable {
        var conversation: Int64 = 0
        var ms: Int64 = 0
        var seq: Int32 = 0
        var member = ""
    }

    var phase = Phase.groups
    /// Entries of the log, by partition, that message-router and history have to be past before it goes on.
    var awaited: [Int: String] = [:]
    /// Whether the phase's own work is done, and only those entries are waited for.
    var isWaiting = false
    /// What is of this time (ms) or before is erased; 0 as long as that is not settled.
    var through: Int64 = 0
    var place = Place()

    init() {}

    /// Reads a job's step; a job that has none begins.
    init(_ text: String) throws {
        self = text.isEmpty ? ErasureStep() : try JSONDecoder().decode(ErasureStep.self, from: Data(text.utf8))
    }

    /// As it is kept. Of such values JSON can always be made; if not, an erasure that begins anew does no harm.
    var text: String { (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// The next phase, from its beginning.
    mutating func begin(_ phase: Phase) {
        self.phase = phase
        awaited = [:]
        isWaiting = false
        place = Place()
    }
}
