/// Something that was asked for and takes longer than a request: a row of `jobs`, worked on in slices by the history that keeps house.
struct Job: Hashable, Sendable {
    enum State: String, Sendable {
        case waiting, running, done, failed
    }

    var id: Int64
    /// What is done.
    var kind: String
    /// To what; for an erasure the user.
    var argument: String
    var state: State
    /// Where it goes on, as only the kind knows.
    var step: String
    var progress: Int64
    /// nil as long as it is not known.
    var total: Int64?
    /// What is or was the matter.
    var error: String?
    /// How often in a row it has failed for its own sake.
    var failures: Int
    /// Milliseconds since the Unix epoch, by Postgres' clock.
    var created: Int64
    var updated: Int64
}

extension JSONText {
    mutating func job(_ job: Job) {
        raw(#"{"id":"#)
        identifier(String(job.id))
        raw(#","kind":"#)
        identifier(job.kind)
        raw(#","user":"#)
        identifier(job.argument)
        raw(#","state":"#)
        identifier(job.state.rawValue)
        raw(#","progress":"#)
        number(job.progress)
        raw(#","total":"#)
        if let total = job.total { number(total) } else { raw("null") }
        raw(#","error":"#)
        if let error = job.error { string(error) } else { raw("null") }
        raw(#","created":"#)
        number(job.created)
        raw(#","updated":"#)
        number(job.updated)
        raw("}")
    }
}
