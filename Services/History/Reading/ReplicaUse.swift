/// Where a request was answered from where there is a replica, and why.
enum ReplicaUse: String, CaseIterable, Sendable {
    case replica
    /// From the primary: the replica is not as far as the request asks.
    case behind
    /// From the primary: the replica cannot be reached.
    case away
    /// From the primary: the replica failed under the request.
    case failed
    /// From the primary: what the user was told of cannot be read in Redis.
    case unknown
    /// From the primary: what was asked for is not there in the replica.
    case refused
}
