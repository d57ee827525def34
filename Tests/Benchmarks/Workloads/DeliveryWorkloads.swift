import Messaging
import NIOCore
import WebSocketFrames

extension Workload {
    private static let sessions = 100

    static let delivery: [Workload] = [
        // One message, encoded once, for the buffers of 100 sessions: an operation is one of them.
        Workload("fan-out: a message to one of 100 sessions", against: .bytes(Sample.message.tail.count), usual: 1.4) {
            let buffers = Buffers(sessions)
            return {
                for number in 0..<(operations / sessions) {
                    let tail = ByteBuffer(
                        bytes: ServerFrame.Message(
                            id: Sample.id(number), conversation: "group:team-42", from: "alice", data: Sample.body
                        ).tail)
                    for session in 0..<sessions { buffers.write(tail, cursor: Sample.id(number), session: session) }
                }
                buffers.flush()
            }
        },
        Workload("ring: find a user's edge", against: .steps(20), usual: 3.4) {
            let ring = HashRing((1...16).map { HashRing.Edge(id: "edge-\($0)") })
            let users = (0..<operations).map { "user-\($0)" }
            return { for user in users { keep(made(ring.owner(of: user))) } }
        },
        Workload("session: a hint, and an acknowledgement for every eighth", against: .steps(20), usual: 0.2) {
            {
                var session = SessionStateMachine()
                session.registered(start: Sample.id(0), last: Sample.id(0), first: nil)
                keep(session.pageEnded(isFull: false))
                for number in 1...operations {
                    keep(session.hint(cursor: Sample.id(number), previous: Sample.id(number - 1), isOwn: false))
                    guard number % 8 == 0 else { continue }
                    keep(session.acknowledge(Sample.id(number)))
                    keep(session.takeAcknowledgement())
                }
            }
        },
    ]

    /// What an edge has gathered for each session until the end of the loop's turn.
    private final class Buffers {
        private var buffers: [ByteBuffer]

        init(_ count: Int) { buffers = (0..<count).map { _ in ByteBuffer() } }

        func write(_ tail: ByteBuffer, cursor: MessageID, session: Int) {
            let prefix = ServerFrame.Message.prefix(cursor: cursor)
            buffers[session].writeFrameHeader(opcode: 1, length: prefix.count + tail.readableBytes)
            buffers[session].writeBytes(prefix)
            buffers[session].writeImmutableBuffer(tail)
        }

        func flush() {
            for session in buffers.indices {
                keep(buffers[session])
                buffers[session].clear()
            }
        }
    }
}
