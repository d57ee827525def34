/// What one client may ask of a connection. Each limit has an error of its own (``STOMPError/Code``).
public struct STOMPLimits: Hashable, Sendable {
    /// Headers of one frame.
    public var headers: Int
    /// Bytes of one frame up to its body: the command's line, the headers' lines and the blank line.
    public var headerBytes: Int
    /// Bytes of one body.
    public var bodyBytes: Int
    /// Bytes of one WebSocket message, which may hold part of a frame or several: enough for a whole frame of the largest kind.
    public var messageBytes: Int { headerBytes + bodyBytes + 1024 }
    /// Bytes that wait to be read while the token is looked at.
    public var waitingBytes: Int
    /// Open subscriptions of a session.
    public var subscriptions: Int
    /// Open transactions of a session.
    public var transactions: Int
    /// Frames in one transaction.
    public var transactionFrames: Int
    /// Bytes of the bodies in all open transactions.
    public var transactionBytes: Int
    /// Inbox messages sent and not acknowledged before the inbox pauses (what other servers call prefetch).
    public var unacknowledged: Int

    /// The limits, with what the server uses unless it is told otherwise.
    public init(
        headers: Int = 64, headerBytes: Int = 16_384, bodyBytes: Int = 65_536, waitingBytes: Int = 262_144,
        subscriptions: Int = 64, transactions: Int = 16, transactionFrames: Int = 256,
        transactionBytes: Int = 1_048_576, unacknowledged: Int = 1_000
    ) {
        self.headers = headers
        self.headerBytes = headerBytes
        self.bodyBytes = bodyBytes
        self.waitingBytes = waitingBytes
        self.subscriptions = subscriptions
        self.transactions = transactions
        self.transactionFrames = transactionFrames
        self.transactionBytes = transactionBytes
        self.unacknowledged = unacknowledged
    }
}
