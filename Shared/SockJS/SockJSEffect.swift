/// What is to be done after an event of a ``SockJSStateMachine``, in this order.
public enum SockJSEffect: Hashable, Sendable {
    /// The session has begun: from here on it can receive and send.
    case opened
    /// The client has sent a message, UTF-8 text.
    case received([UInt8])
    /// Write these bytes to a receiver.
    case write(UInt64, [UInt8])
    /// A receiver has all it gets: end its response, or close its WebSocket.
    case finish(UInt64)
    /// The session is over for the application; comes once, and only after `opened` or by the application's own close.
    case ended(SockJSClose)
    /// Nothing refers to the session any more: its id is free.
    case forget
}
