import Messaging
import NIOCore

/// What an event loop holds of a client that is connected, whatever it speaks: enough to flush, sweep, move and end it. Confined to the event loop.
protocol EdgeConnection: AnyObject {
    /// Whether anything can be said yet, and was not said goodbye.
    var isOpen: Bool { get }
    /// Who is connected; nil when that is not known, or nobody.
    var user: String? { get }
    /// Writes what has been gathered in this turn of the event loop, see ``LoopTurn``.
    func flush()
    /// Once a second.
    func tick(now: NIODeadline)
    /// Asks the client to connect elsewhere. False when it is to be closed instead.
    func move(to url: String?, within time: TimeAmount) -> Bool
    /// The time to do so is over.
    func leave()
    func close(_ code: CloseCode)
}
