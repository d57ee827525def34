extension RedisError {
    /// Redis is there, and does not do its work at present: no memory, no disk, no replicas, no master, or still starting. Nothing is wrong with the command.
    public var isTrouble: Bool {
        guard case .server(let word) = code else { return false }
        return switch word {
        case "OOM", "MISCONF", "READONLY", "LOADING", "NOREPLICAS", "MASTERDOWN", "BUSY", "TRYAGAIN", "CLUSTERDOWN":
            true
        default: false
        }
    }

    /// The server is no master, or has no data yet: the link is to be given up and the master looked for again.
    var callsForAnotherServer: Bool {
        switch code {
        case .server("READONLY"), .server("LOADING"), .server("MASTERDOWN"), .server("UNBLOCKED"): true
        default: false
        }
    }
}
