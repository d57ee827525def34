import Messaging
import NIOCore

/// How a session is spoken: turns what the session has to say into a protocol's frames. Confined to the session's event loop.
protocol SessionTransport: AnyObject {
    /// The protocol's name, such as `switchboard.v1`.
    var speaks: String { get }
    func say(_ notice: SessionNotice)
    /// A message; `cursor` is its place in the inbox, nil for one of a topic.
    func deliver(_ message: RoutedMessage, cursor: MessageID?)
    /// Holds back what the client says, also what has already been read.
    func pauseReading()
    func resumeReading()
    func close(_ code: CloseCode)
    /// Bytes on their way that the socket has not taken.
    var pendingBytes: Int { get }
    /// Whether the client can be told the address of an edge to connect to, which is that of its WebSocket.
    var followsAddresses: Bool { get }
    /// Whether a client hears in a topic what it has said there itself.
    var hearsItself: Bool { get }
    /// Whether a client that does not listen to its inbox hears what is said to everybody.
    var hearsEverybody: Bool { get }
}

extension SessionTransport {
    var followsAddresses: Bool { true }
    var hearsItself: Bool { false }
    var hearsEverybody: Bool { false }
}

/// What a session says besides messages.
enum SessionNotice {
    case welcome(cursor: MessageID)
    case accepted(n: UInt64, id: MessageID, conversation: String, isDuplicate: Bool)
    case signal(RoutedSignal)
    case read(RoutedRead)
    /// A `presence` frame.
    case presence(ByteBuffer)
    case gap(after: MessageID)
    /// What was said in a topic after this is not to be had from it any more.
    case topicGap(conversation: String, after: MessageID)
    /// A request is done; with `after`, the place from which on a topic is heard.
    case ok(n: UInt64, after: MessageID?)
    /// `within` in milliseconds.
    case moving(url: String?, within: Int)
    /// `retryAfter` in milliseconds.
    case failure(ErrorCode, String, n: UInt64?, retryAfter: Int? = nil)
}
