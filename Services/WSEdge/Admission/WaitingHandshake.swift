/// A request for a session that has been checked as far as that is cheap, and has not been answered.
struct WaitingHandshake {
    let handler: HTTPHandler
    /// Goes on with it.
    let go: () -> Void

    /// There is a place for it.
    func proceed() {
        handler.isWaiting = false
        go()
    }

    /// There is none: it may come again.
    func refuse(after seconds: Int) { handler.refuseForNow(after: seconds) }
}
