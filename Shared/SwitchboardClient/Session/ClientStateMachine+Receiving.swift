import Messaging

extension ClientStateMachine {
    /// Something came on a connection, whatever it is.
    mutating func heard(_ id: Int, _ now: Moment) { if session == id { watchdog.heard(now) } }

    /// A frame came.
    mutating func received(_ id: Int, _ frame: FrameFields, _ now: Moment) -> [ClientAction] {
        if frame.type == "welcome" {
            if case .connecting(id) = successor?.step {
                goOver(to: id, frame, now)
            } else if phase == .connecting(id) {
                welcomed(id, frame, now)
            }
        } else if session == id {
            watchdog.heard(now)
            if let cursor = frame.cursor { acknowledger.reach(cursor, now) }
            receive(frame, now)
        }
        return finish(now)
    }

    private mutating func receive(_ frame: FrameFields, _ now: Moment) {
        switch frame.type {
        case "accepted": accepted(frame)
        case "error": error(frame, now)
        case "moving": move(frame, now)
        case "signal", "read":
            // These two are lost on who is behind, as on who is away.
            if buffered < capacity, let event = Self.passing(frame) { emit(event) }
        case "ok" where hasShed, "pong":
            if let n = frame.n { _ = requests.done(n) }
        default:
            // Once something was left out, what follows it is as well: a new session brings all of it.
            if buffered + held >= capacity + Self.slack { hasShed = true }
            if !hasShed { take(frame, now) }
        }
    }

    private mutating func take(_ frame: FrameFields, _ now: Moment) {
        switch frame.type {
        case "message":
            if frame.cursor == nil, let topic = frame.conversation.flatMap(Topics.topic) {
                topicMessage(topic, frame)
            } else {
                message(frame, now)
            }
        case "edited", "deleted": message(frame, now)
        case "ok": if let n = frame.n, let request = requests.done(n) { done(request, after: frame.after) }
        case "gap": gap(frame, now)
        case "presence":
            // What was still on its way when it was not wanted any more is not told.
            guard let user = frame.user, watches.users.contains(user) else { return }
            emit(
                .presence(
                    Presence(
                        user: user, isOnline: frame.status == "online", at: frame.at ?? 0, state: frame.state,
                        text: frame.text)))
        default: break
        }
    }

    private static func passing(_ frame: FrameFields) -> ClientEvent? {
        if frame.type == "signal" {
            guard let from = frame.from, let to = frame.to else { return nil }
            return .signal(Signal(from: from, to: to, json: frame.data))
        }
        guard let conversation = frame.conversation, let user = frame.user, let id = frame.id else { return nil }
        return .read(conversation: conversation, user: user, id: id)
    }

    // MARK: The inbox

    /// A message of the inbox or of a large group, or what became of one.
    private mutating func message(_ frame: FrameFields, _ now: Moment) {
        let place = frame.cursor == nil ? frame.conversation ?? "" : ""
        // What is missing goes before it.
        if fills[place]?.held.append(frame) == nil { tell(frame) }
    }

    /// Hands something of the inbox on, once.
    mutating func tell(_ frame: FrameFields) {
        if let cursor = frame.cursor {
            guard seen.map({ cursor > $0 }) ?? true else { return }
            seen = cursor
        }
        emitOnce(frame)
    }

    /// Hands a message on unless it came by another way, or a change, or else only its place.
    mutating func emitOnce(_ frame: FrameFields) {
        var event: ClientEvent?
        switch frame.type {
        case "edited", "deleted": event = MessageChanged(frame).map { .changed($0) }
        case "error": event = Self.changeRefused(frame)
        default:
            if let message = Message(frame), recent.insert(message.conversation, message.id) {
                event = .message(message)
            }
        }
        if event != nil || frame.cursor != nil { emit(event, cursor: frame.cursor) }
    }

    // MARK: Topics

    private mutating func topicMessage(_ topic: String, _ frame: FrameFields) {
        guard topics[topic] != nil else {
            if frame.conversation == Topics.all { emitOnce(frame) }
            return
        }
        let conversation = "topic:\(topic)"
        if let fill = fills[conversation] {
            fills[conversation]?.until = fill.until ?? frame.id
            fills[conversation]?.held.append(frame)
        } else {
            tellTopic(topic, frame)
        }
    }

    /// Hands a message of a topic on, once.
    mutating func tellTopic(_ topic: String, _ frame: FrameFields) {
        guard let message = Message(frame) else { return }
        // A message that was put aside and replayed comes with its old id: it is new, but no place to go on from.
        let isNew = topics[topic]?.recent.insert(message.conversation, message.id) ?? true
        topics[topic]?.advance(message.id)
        if isNew { emit(.message(message)) }
    }

    // MARK: Answers

    private mutating func accepted(_ frame: FrameFields) {
        guard let n = frame.n, let id = frame.id, let conversation = frame.conversation, outbox.accepted(n) else {
            return
        }
        // History will show it, too, but this device knows it. The place in a topic stays where it is: what others said before it may still be on its way.
        if let topic = Topics.topic(of: conversation) {
            topics[topic]?.recent.insert(conversation, id)
        }
        recent.insert(conversation, id)
        let at = frame.at ?? Int64(clamping: id.milliseconds)
        actions.append(
            .settle(
                n, .success(Accepted(n: n, id: id, conversation: conversation, at: at, isDuplicate: frame.isDuplicate)))
        )
    }

    private mutating func error(_ frame: FrameFields, _ now: Moment) {
        // What was refused after it had been accepted stands in the inbox like a message.
        if frame.cursor != nil {
            if !hasShed { message(frame, now) }
            return
        }
        guard let n = frame.n else {
            if buffered < capacity { emit(.problem(.server(frame.code, frame.message))) }
            // Something that was allowed is not any more, and the server has ended it. Which one only people can read out of the error; so everything is asked
            // for once more, and what may not be is refused by its name.
            if frame.code == "forbidden" { reviewAt = reviewAt ?? now.elapsed + Self.reviewDelay }
            return
        }
        switch requests.refused(n, frame, now) {
        case .later: break
        case .final(let request): refused(request, .server(frame.code, frame.message))
        case .unknown:
            if case .final(let error) = outbox.refused(n, frame, now) { actions.append(.settle(n, .failure(error))) }
        }
    }

    private static func changeRefused(_ frame: FrameFields) -> ClientEvent? {
        guard let n = frame.n, let conversation = frame.conversation, let id = frame.id else { return nil }
        return .changeRefused(n: n, conversation: conversation, id: id, .server(frame.code, frame.message))
    }
}
