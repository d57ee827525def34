import Messaging

/// An open subscription.
struct STOMPSubscription: Sendable {
    /// The `ack` header.
    enum Mode: String {
        case auto
        case client
        case individual = "client-individual"
    }

    /// What the client names it by: 1.0 allows a subscription without id, which its destination names.
    struct Key: Sendable {
        var id: String?
        var destination: String

        func isSame(as other: Key) -> Bool {
            switch (id, other.id) {
            case (let id?, let otherID?): id.isSame(as: otherID)
            case (nil, nil): destination.isSame(as: other.destination)
            default: false
            }
        }
    }

    /// A number that no other subscription of the session has or will have.
    let number: UInt64
    let key: Key
    let source: DestinationMap.Source
    let mode: Mode
    /// The first lines of its MESSAGE frames.
    private let head: [UInt8]
    /// Whether a MESSAGE bears an `ack` header.
    private let hasAck: Bool

    init(
        number: UInt64, key: Key, source: DestinationMap.Source, mode: Mode, version: STOMPVersion
    ) {
        self.number = number
        self.key = key
        self.source = source
        self.mode = mode
        hasAck = version == .v12 && mode != .auto
        let escaping = HeaderEscaping(version, .message)
        var head = Array("MESSAGE\n".utf8)
        if let id = key.id { escaping.write("subscription", id, to: &head) }
        escaping.write("destination", key.destination, to: &head)
        self.head = head
    }

    /// The head of a MESSAGE.
    /// - Parameters:
    ///   - place: What an ACK names: the cursor of an inbox message; what has none names none, or the one before it.
    ///   - isBehind: Whether it is the one before it.
    ///   - cursor: The cursor, for inbox messages.
    func head(place: MessageID, isBehind: Bool = false, cursor: MessageID?) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(head.count + 80)
        bytes.append(contentsOf: head)
        if hasAck { HeaderEscaping.none.write("ack", "\(number)/\(place)\(isBehind ? "+" : "")", to: &bytes) }
        if let cursor { HeaderEscaping.none.write("cursor", cursor.description, to: &bytes) }
        return bytes
    }

    /// Reads the value of an `ack` header as it was given out.
    static func parse(ack: String) -> (number: UInt64, place: MessageID, isBehind: Bool)? {
        let isBehind = ack.utf8.last == UInt8(ascii: "+")
        guard let slash = ack.firstIndex(of: "/"), let number = UInt64(ack[..<slash]),
            let place = MessageID(ack[ack.index(after: slash)...].dropLast(isBehind ? 1 : 0))
        else { return nil }
        return (number, place, isBehind)
    }
}
