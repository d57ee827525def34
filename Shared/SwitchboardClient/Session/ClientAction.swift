import Messaging

/// What a ``ClientStateMachine`` wants done.
enum ClientAction: Hashable, Sendable {
    /// Something for the application, or the mere end of something before which all was handed on.
    struct Emission: Hashable, Sendable {
        /// nil when there is nothing to tell, only a place to be acknowledged when all before it was taken.
        var event: ClientEvent?
        var cursor: MessageID?
    }

    /// Get a fresh token; answered with this ticket.
    case fetchToken(ticket: Int)
    /// Open a session.
    case connect(Int, address: ServerAddress, query: [String], token: String)
    /// Send a text frame.
    case send(Int, [UInt8])
    /// Send an unsolicited pong (RFC 6455, section 5.5.3).
    case showLife(Int)
    /// Begin or stop reading from the socket.
    case read(Int, Bool)
    /// Say good-bye, then close. What comes after is nobody's.
    case close(Int)
    /// Close at once: nobody is there.
    case drop(Int)
    case emit(Emission)
    /// Where the session is; of several only the last is of interest.
    case state(ConnectionState)
    /// The answer to a message.
    case settle(UInt64, Result<Accepted, ClientError>)
    /// Ask history; answered with this serial.
    case fetch(Int, target: String)
    /// It is over.
    case finish(ClientError?)
}
