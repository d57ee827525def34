import NIOCore

/// A client that listens to its inbox only from when it says so.
extension Session {
    /// Sends nothing of the inbox, nor of what comes beside it, until ``listenToInbox(again:)``. What comes stays in the inbox.
    func holdInbox() { machine.hold() }

    /// Sends what the inbox holds, and what comes.
    /// - Parameter again: also what was sent before and has not been acknowledged.
    func listenToInbox(again: Bool) {
        follow(machine.listen(again: again))
        enterGroups()
        topicsDrained()
    }

    /// After how many milliseconds the client may ask for something again; nil: now.
    func wait() -> Int? { bucket.wait(.frame, now: .now()) }
}
