import Messaging
import STOMP

extension Workload {
    private static let sendFrame = STOMPFrame(
        .send, ["destination": "/user/bob", "content-type": "application/json", "n": "1234"], body: Sample.body
    ).encoded(for: .v12)

    static let stomp: [Workload] = [
        Workload("STOMP: read a SEND", against: .bytes(sendFrame.count), usual: 7) {
            let bytes = sendFrame
            return {
                var parser = STOMPFrameParser()
                for _ in 0..<operations {
                    parser.append(bytes.span)
                    keep(made(try? parser.next(version: .v12)))
                }
            }
        },
        Workload("STOMP: write a MESSAGE", against: .bytes(Sample.message.tail.count), usual: 6.7) {
            let frame = Sample.message.tail
            return { for _ in 0..<operations { keep(MessageTail.encode(frame, isEscaped: true)) } }
        },
        Workload("STOMP: deliver to a subscription", against: .steps(20), usual: 14) {
            {
                var session = subscribed()
                for number in 1...operations {
                    keep(made(session.deliver(cursor: Sample.id(number), message: Sample.id(number)).heads.first))
                }
            }
        },
    ]

    /// A session that hears its inbox and acknowledges nothing.
    static func subscribed() -> STOMPStateMachine {
        var session = STOMPStateMachine(STOMPConfiguration())
        keep(session.received(STOMPFrame(.connect, ["accept-version": "1.2"])))
        keep(session.authenticated(user: "alice", session: "1"))
        let effects = session.received(
            STOMPFrame(.subscribe, ["id": "1", "destination": "/user/queue/messages", "ack": "auto"]))
        for case .subscribeInbox(let tag) in effects { keep(session.completed(tag)) }
        return session
    }
}
