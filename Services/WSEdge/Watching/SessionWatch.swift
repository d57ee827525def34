import NIOCore

/// What one session watches. Sessions that watch nothing have none.
struct SessionWatch {
    /// A frame that is to be done.
    enum Request {
        case watch(n: UInt64, users: [String])
        case unwatch(n: UInt64, users: [String])
    }

    /// The users watched.
    var users: Set<String> = []
    /// Frames that wait for the one under way: they are done in their order.
    var requests: [Request] = []
    var isBusy = false
    /// Users of whom something was left out because the socket was slow.
    var missed: Set<String> = []
    /// When to ask again whether the session may see those it watches.
    var nextCheck: NIODeadline
}
