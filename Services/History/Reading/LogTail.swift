import RedisStreams

/// The end of a partition's log as it was when a request came: what was in it has to be in the last page of the answers, or `next` says to ask again.
///
/// So whoever was told of a `gap`, and then reads on until there is no `next`, has all that was said before they were told, and hears the rest.
struct LogTail: Sendable {
    /// The log had more than was stored: to be waited for, and the request done again.
    struct NotStored: Error {}

    enum State: Sendable {
        /// All of it is stored.
        case stored
        /// Some of it is not stored yet.
        case unstored
        /// Some of it was waited for in vain.
        case late
        /// Redis could not be asked.
        case unknown(RedisError)
    }

    var partition: Int
    /// The last entry of the log.
    var last: StoredID
    var state: State

    /// The `next` of a page behind which nothing more was found; `end` is its last id.
    /// - Throws: ``NotStored`` or ``Replica/Refusal`` when the page is not the one to answer with, `RedisError` when there is nothing to answer with.
    func next(_ end: StoredID?, after id: StoredID, from source: any ReadSource) throws -> StoredID? {
        switch state {
        case .stored:
            if let positions = source.positions, positions[partition] < last { throw Replica.Refusal.behind }
            return nil
        case .unstored: throw NotStored()
        case .late: return end ?? id
        case .unknown(let error):
            guard let end else { throw error }
            return end
        }
    }
}
