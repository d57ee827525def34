import Messaging
import NIOCore
import STOMP

// What the session says, in frames.
extension STOMPPeer: SessionTransport {
    var speaks: String { stomp.session.version?.subprotocol ?? "stomp" }

    var pendingBytes: Int { connection?.pendingBytes ?? 0 }

    var followsAddresses: Bool { connection?.followsAddresses ?? true }

    /// A STOMP client that has subscribed to a topic expects all that is said there.
    var hearsItself: Bool { true }

    var hearsEverybody: Bool { stomp.session.listens(to: Self.everybody) }

    private static let everybody = DestinationMap.Source.topic("all")

    func deliver(_ message: RoutedMessage, cursor: MessageID?) {
        let delivery = delivery(of: message, cursor: cursor)
        if !delivery.heads.isEmpty, let connection {
            hasSaid = true
            let tail = loop.stompTails.tail(
                of: message, isEscaped: stomp.session.version?.escapesHeaders ?? true)
            for head in delivery.heads { connection.send(text: head, tail: tail) }
        }
        for effect in delivery.effects {
            if case .acknowledge(let cursor) = effect { handedOver = cursor } else { carryOut(effect) }
        }
    }

    private func delivery(of message: RoutedMessage, cursor: MessageID?) -> STOMPDelivery {
        if let cursor { return stomp.session.deliver(cursor: cursor, message: message.id) }
        guard let topic = Feed(message.conversation)?.topic else {
            return stomp.session.deliver(from: .inbox, message: message.id)
        }
        let source = DestinationMap.Source.topic(topic)
        // Who does not listen to what is said to everybody by itself gets it with what is for its user.
        return source == Self.everybody && !hearsEverybody
            ? stomp.session.deliver(from: .inbox, message: message.id)
            : stomp.session.deliver(from: source, message: message.id)
    }

    func say(_ notice: SessionNotice) {
        switch notice {
        case .welcome(let cursor): welcome(cursor)
        case .accepted(let n, let id, let conversation, let isDuplicate):
            var more: STOMPHeaders = ["message-id": id.description, "conversation": conversation]
            if isDuplicate { more.append("duplicate", "true") }
            answered(n, more)
        case .ok(let n, let after):
            joining = joining.filter { $0.value != n }
            answered(n, after.map { ["after": $0.description] } ?? [:])
        case .signal: tell(.signals, "signal", notice)
        case .read: tell(.reads, "read", notice)
        case .presence(let frame):
            guard let user = Self.user(ofPresence: frame) else { return }
            tell(.presence(user), "presence", notice)
        case .gap: tellGap(.inbox, notice)
        case .topicGap(let conversation, _):
            let topic = Feed(conversation)?.topic.map(DestinationMap.Source.topic)
            tellGap(topic.map { stomp.session.listens(to: $0) ? $0 : .inbox } ?? .inbox, notice)
        case .moving(let url, _):
            // A STOMP client can only be told by its session's end.
            movesTo = followsAddresses ? url.flatMap(STOMPHandshake.address) : nil
            session?.leave()
        case .failure(let code, let message, let n, let retryAfter): fail(code, message, n, retryAfter)
        }
    }

    private func welcome(_ cursor: MessageID) {
        guard let session else { return }
        carryOut(
            stomp.authenticated(
                user: session.user, session: session.id,
                more: ["device": session.device, "cursor": cursor.description], now: Self.now()))
    }

    private func fail(_ code: ErrorCode, _ message: String, _ n: UInt64?, _ retryAfter: Int?) {
        let error = STOMPError(refusal: code, Self.inTheWords(of: message), retryAfter: retryAfter)
        guard let n else { return carryOut(stomp.session.fail(error)) }
        joining = joining.filter { $0.value != n }
        // Nobody waits for what belongs to no frame: an UNSUBSCRIBE that says it late.
        guard let tag = requests.answered(n) else { return }
        carryOut(stomp.session.refused(tag, error))
    }

    /// A session names the fields of the JSON frames.
    private static func inTheWords(of message: String) -> String {
        message.replacing("field 'to'", with: "header 'destination'")
            .replacing("field 'topic'", with: "header 'destination'")
            .replacing("field 'users'", with: "header 'destination'")
            .replacing("field 'token'", with: "the token in header 'Authorization' or 'passcode'")
            .replacing("field '", with: "header '")
    }

    private func tellGap(_ source: DestinationMap.Source, _ notice: SessionNotice) {
        guard source == .inbox, !stomp.session.listens(to: .inbox) else { return tell(source, "gap", notice) }
        if gaps.count < Self.gapLimit { gaps.append(notice) }
    }

    /// Somebody listens to the inbox now.
    func tellGaps() {
        for notice in gaps { tell(.inbox, "gap", notice) }
        gaps = []
    }

    /// Says what has no place in a log, to those who have subscribed to such.
    private func tell(_ source: DestinationMap.Source, _ type: String, _ notice: SessionNotice) {
        let delivery = stomp.session.deliver(from: source)
        guard !delivery.heads.isEmpty, let connection else { return }
        hasSaid = true
        noticeCount += 1
        let frame: [UInt8] =
            switch notice.json(of: session) {
            case .own(let bytes): bytes
            case .shared(let buffer): buffer.getBytes(at: buffer.readerIndex, length: buffer.readableBytes) ?? []
            }
        let tail = ByteBuffer(bytes: MessageTail.encode(notice: frame, type: type, id: "\(type)-\(noticeCount)"))
        for head in delivery.heads { connection.send(text: head, tail: tail) }
    }

    /// Whose presence a frame is about.
    private static func user(ofPresence frame: ByteBuffer) -> String? {
        let bytes = frame.readableBytesUInt8Span
        var scanner = JSONScanner()
        while let member = try? scanner.next(in: bytes) {
            if JSONScanner.text(member.key, isEscaped: false, in: bytes) == "user" {
                return JSONScanner.text(
                    member.value.lowerBound + 1..<member.value.upperBound - 1, isEscaped: false, in: bytes)
            }
        }
        return nil
    }

    func pauseReading() { hold(.session) }

    func resumeReading() { release(.session) }

    /// The session ends: says why, and closes.
    func close(_ code: CloseCode) {
        carryOut(stomp.session.fail(STOMPError(ending: code, url: movesTo), code: code))
        end(code)
    }
}
