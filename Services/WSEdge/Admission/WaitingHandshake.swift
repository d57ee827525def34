/// A request for a session that has been checked as far as that is cheap, and has not been answered.
struct WaitingHandshake {
    let handler: HTTPHandler
    /// Answers it when there is no place; nil to have the handler do it.
    var refused: ((Int) -> Void)?
    /// Goes on with it.
    let go: () -> Void

    /// There is a place for it.
    func proceed() {
        handler.isWaiting = false
        go()
    }

    /// There is none: it may come again.
    func refuse(after seconds: Int) {
        handler.isWaiting = false
        if let refused { refused(seconds) } else { handler.refuseForNow(after: seconds) }
    }
}
