import Messaging

/// An open transaction: what waits for its COMMIT, in order.
struct STOMPTransaction: Sendable {
    /// Something that may be part of a transaction.
    enum Step: Sendable {
        case send(STOMPSend)
        case settle(Settlement)

        var bytes: Int {
            guard case .send(let send) = self else { return 0 }
            return send.data.count + send.attachments.count
        }
    }

    /// An ACK or a NACK of an inbox message.
    struct Settlement: Sendable {
        var cursor: MessageID
        var subscription: UInt64
        var isCumulative: Bool
        var isRefusal: Bool
        /// Whether it names something behind the cursor, and not the message there.
        var isBehind = false
    }

    let name: String
    var steps: [Step] = []
    var bytes = 0
}
