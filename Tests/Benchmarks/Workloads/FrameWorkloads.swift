import CBOR
import Messaging
import NIOCore
import WebSocketFrames

extension Workload {
    /// How many frames a socket hands over, or takes, at once.
    private static let framesAtOnce = 10

    static let webSocket: [Workload] = [
        Workload("WebSocket: read a frame", against: .bytes(Sample.send.count), usual: 0.7) {
            let mask: UInt32 = 0x1234_5678
            var socket = ByteBuffer()
            for _ in 0..<framesAtOnce {
                socket.writeInteger(0x81 as UInt8)
                socket.writeInteger(0x80 | UInt8(Sample.send.count))
                socket.writeInteger(mask, endianness: .little)
                socket.writeBytes(
                    Sample.send.enumerated().map { $1 ^ UInt8(truncatingIfNeeded: mask >> UInt32($0 % 4 * 8)) })
            }
            return { [socket] in
                for _ in 0..<(operations / framesAtOnce) {
                    var reader = WebSocketReader(limit: 65_536)
                    var input = socket
                    for _ in 0..<framesAtOnce {
                        guard case .text(let text) = reader.next(&input) else { return keep(made(nil as ByteBuffer?)) }
                        keep(text)
                    }
                }
            }
        },
        Workload("WebSocket: write a frame", against: .bytes(Sample.message.tail.count), usual: 0.3) {
            let tail = Sample.message.tail
            return {
                var socket = ByteBuffer()
                for _ in 0..<(operations / framesAtOnce) {
                    socket.clear()
                    for _ in 0..<framesAtOnce {
                        socket.writeFrameHeader(opcode: 1, length: tail.count)
                        socket.writeBytes(tail)
                    }
                    keep(socket)
                }
            }
        },
    ]

    static let json: [Workload] = [
        reading("JSON: read a send", Sample.send, usual: 3.8) { try? ClientFrame(decoding: $0) },
        reading("JSON: read an ack", Sample.acknowledgement, usual: 4.1) { try? ClientFrame(decoding: $0) },
        Workload("JSON: write a message", against: .bytes(Sample.message.tail.count), usual: 1.4) {
            {
                for number in 0..<operations {
                    keep(
                        ServerFrame.Message(
                            id: Sample.id(number), conversation: Sample.conversation, from: "alice", data: Sample.body))
                }
            }
        },
        Workload("JSON: write an accepted", against: .bytes(80), usual: 2.8) {
            {
                for number in 0..<operations {
                    keep(
                        ServerFrame.accepted(
                            n: UInt64(number), id: Sample.id(number), conversation: Sample.conversation,
                            isDuplicate: false))
                }
            }
        },
    ]

    static let cbor: [Workload] = [
        reading("CBOR: read a send", Sample.sendCBOR, usual: 1.4) { CBORFrame.usual($0) },
        reading("CBOR: write a message", Sample.message.tail, usual: 0.7) {
            CBORFrame.tail(
                id: Sample.id(0), conversation: Sample.conversation, from: "alice",
                data: $0.extracting(Sample.message.data), attachments: Span())
        },
        reading("CBOR: translate a send", Sample.sendCBOR, usual: 5.2) { try? CBORFrame.json($0) },
        reading("CBOR: translate a message", Sample.message.tail, usual: 2.8) { CBORFrame.encoded(tail: $0) },
    ]

    private static func reading<Value>(
        _ name: String, _ bytes: [UInt8], usual: Double, _ read: @escaping @Sendable (Span<UInt8>) -> Value?
    ) -> Workload {
        Workload(name, against: .bytes(bytes.count), usual: usual) {
            { for _ in 0..<operations { keep(made(read(bytes.span))) } }
        }
    }
}
