import CBOR
import Messaging

/// A message as it comes most often, in all its forms.
enum Sample {
    static let body = Array(#"{"text":"See you at eight, the usual place.","mood":"fine"}"#.utf8)
    static let conversation = "dm:alice:bob"
    static let send = Array(#"{"type":"send","n":1234,"to":"user:bob","data":"#.utf8) + body + Array("}".utf8)
    static let sendCBOR: [UInt8] = { [send] in CBORFrame.encoded(send.span) ?? [] }()
    static let acknowledgement = Array(#"{"type":"ack","cursor":"1763740000123-4"}"#.utf8)

    static func id(_ number: Int) -> MessageID {
        MessageID(milliseconds: 1_763_740_000_000 + UInt64(number), sequence: 4)
    }

    static let message = ServerFrame.Message(id: id(0), conversation: conversation, from: "alice", data: body)

    static let entry = LogEntry(
        kind: .message, conversation: .direct("alice", "bob"), from: "alice", device: "phone-1", n: 1234, data: body)

    /// What the router tells an edge of one message in a group: ten of its recipients are there.
    static let batch = EdgeBatch(items: [
        .message(
            EdgeBatch.Message(
                id: id(0), conversation: "group:team-42", from: "alice", device: "phone-1", data: body,
                recipients: (1...10).map {
                    EdgeBatch.Recipient(user: "user-\(1000 + $0)", cursor: id($0), previous: id($0 - 1))
                }))
    ])
}
