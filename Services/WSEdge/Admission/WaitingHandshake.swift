import NIOHTTP1

/// A request for a session that has been checked as far as that is cheap, and has not been answered.
struct WaitingHandshake {
    let handler: HTTPHandler
    let head: HTTPRequestHead
    let target: RequestTarget

    /// There is a place for it.
    func proceed() { handler.admitted(head, target) }

    /// There is none: it may come again.
    func refuse(after seconds: Int) { handler.refuseForNow(after: seconds) }
}
