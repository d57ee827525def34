import SockJS

/// What SockJS clients send, how it is written back, addresses and callbacks, and the session behind them.
///
/// The first byte says how the rest came.
enum SockJSFuzz {
    private static let maximum = 16

    static func run(_ input: [UInt8]) {
        guard let choice = input.first else { return }
        let body = Array(input.dropFirst())
        address(body)
        let messages: [[UInt8]]
        do throws(SockJSPayload.Fault) {
            messages =
                switch choice % 4 {
                case 0: try SockJSPayload.messages(ofXHR: body, maximum: maximum)
                case 1: try SockJSPayload.messages(ofWebSocket: body, maximum: maximum)
                case 2: try SockJSPayload.messages(ofJSONP: body, contentType: nil, maximum: maximum)
                default:
                    try SockJSPayload.messages(
                        ofJSONP: body, contentType: "application/x-www-form-urlencoded", maximum: maximum)
                }
        } catch {
            return converse(choice, [body], isText: String(validating: body, as: UTF8.self) != nil)
        }
        precondition(messages.count <= maximum)
        for message in messages {
            precondition(String(validating: message, as: UTF8.self) != nil, "messages are UTF-8")
        }
        hold(messages)
        converse(choice, messages, isText: true)
    }

    /// What was read and is written again is read the same.
    private static func hold(_ messages: [[UInt8]]) {
        let frame = SockJSFrame.messages(messages).bytes
        precondition(frame.first == UInt8(ascii: "a"))
        do throws(SockJSPayload.Fault) {
            let again = try SockJSPayload.messages(ofXHR: Array(frame.dropFirst()), maximum: maximum)
            precondition(again == messages, "what is written is read the same")
        } catch {
            preconditionFailure("what is written can be read: \(error)")
        }
    }

    private static func address(_ body: [UInt8]) {
        let text = String(decoding: body, as: UTF8.self)
        if case .session(let session, let transport)? = SockJSRoute(text) {
            precondition(!session.isEmpty && session.utf8.count <= SockJSRoute.maximumSegment)
            precondition(text.hasSuffix(transport.rawValue))
        }
        guard let callback = try? SockJSCallback(query: text) else { return }
        // It stands in a script: nothing that could end it.
        precondition(callback.name.utf8.allSatisfy { !"<>\"'&;()/\\ \n\r".utf8.contains($0) && $0 < 0x80 })
        precondition(SockJSFormat(.htmlFile, callback).prelude.count >= 1024)
    }

    // MARK: A session

    private static let formats: [SockJSTransport] = [.webSocket, .xhr, .xhrStreaming, .eventSource]

    /// A session in which receivers come and go as the bytes say.
    private static func converse(_ choice: UInt8, _ messages: [[UInt8]], isText: Bool) {
        guard isText else { return }
        var machine = SockJSStateMachine(.init(streamBytes: 64), now: .zero)
        var time = Duration.zero
        var next = UInt64(0)
        var receiver: UInt64?
        var isForgotten = false
        func take(_ effects: [SockJSEffect]) {
            for effect in effects {
                precondition(!isForgotten, "nothing comes after the end")
                switch effect {
                case .write(let id, let bytes): precondition(!bytes.isEmpty && id <= next)
                case .finish(let id): if receiver == id { receiver = nil }
                case .forget: isForgotten = true
                case .opened, .received, .ended: break
                }
            }
        }
        for step in messages.joined().prefix(64) {
            switch (step ^ choice) % 6 {
            case 0, 1:
                next += 1
                if !machine.hasReceiver { receiver = next }
                take(machine.attach(next, SockJSFormat(formats[Int(step >> 4) % formats.count]), now: time))
            case 2:
                take(machine.send(messages, now: time))
            case 3:
                if let id = receiver { take(machine.detached(id, now: time)) }
                receiver = nil
            case 4:
                time += .seconds(Int(step) % 30)
                take(machine.tick(now: time))
            default:
                if step == 0xff { take(machine.close(.goAway, now: time)) } else { take(machine.received(messages)) }
            }
            precondition(receiver == nil || machine.hasReceiver, "who has been let go was told")
            precondition(machine.waitingBytes == 0 || !machine.hasReceiver, "nothing waits where somebody listens")
            if isForgotten { return }
        }
    }
}
