import Messaging

extension ClientStateMachine {
    // MARK: Sending

    /// A message is to be sent.
    /// - Returns: its number, or why it is not taken; and what is to be done.
    mutating func send(
        to: String, json: [UInt8], attachments: [UInt8] = [], n: UInt64? = nil, _ now: Moment
    ) -> (Result<UInt64, ClientError>, [ClientAction]) {
        guard Destination(to) != nil else {
            return (.failure(ClientError(.invalid, "\"\(to.prefix(160))\" is nobody: give \(Destination.rule)")), [])
        }
        return add(n, members: attachments.isEmpty ? 4 : 5, now) {
            OutgoingFrame.send(n: $0, to: to, json: json, attachments: attachments)
        }
    }

    /// A message is to say something else, or to be no more when `json` is nil.
    mutating func change(
        _ id: MessageID, in conversation: String, to json: [UInt8]?, _ now: Moment
    ) -> (Result<UInt64, ClientError>, [ClientAction]) {
        guard Conversation(conversation) != nil else { return (.failure(Self.noConversation(conversation)), []) }
        return add(nil, members: json == nil ? 4 : 5, now) {
            json.map { [n = $0] in OutgoingFrame.edit(n: n, conversation: conversation, id: id, json: $0) }
                ?? OutgoingFrame.delete(n: $0, conversation: conversation, id: id)
        }
    }

    private mutating func add(
        _ n: UInt64?, members: Int, _ now: Moment, frame: (UInt64) -> [UInt8]
    ) -> (Result<UInt64, ClientError>, [ClientAction]) {
        guard phase != .stopped, leaveAt == nil else { return (.failure(.closed), []) }
        do throws(ClientError) {
            let n = try outbox.add(n: n, now, members: members, frame: frame)
            if waitsForRoom {
                waitsForRoom = false
                open(now)
            }
            return (.success(n), finish(now))
        } catch {
            return (.failure(error), [])
        }
    }

    static func noConversation(_ text: String) -> ClientError {
        ClientError(
            .invalid,
            "\"\(text.prefix(300))\" is no conversation: give dm:<a>:<b> (sorted), group:<id> or topic:<id>")
    }

    /// Something is told to who is there now. Without a session it is dropped.
    mutating func signal(to: String, json: [UInt8], _ now: Moment) -> [ClientAction] {
        transmit(OutgoingFrame.signal(to: to, json: json))
        return finish(now)
    }

    /// This user has read a conversation up to a message.
    mutating func markRead(_ conversation: String, _ id: MessageID, _ now: Moment) -> [ClientAction] {
        marks.add(conversation, id, now)
        return finish(now)
    }

    // MARK: Topics and presence

    /// A topic is wanted. The same once more changes nothing; another place begins it anew there.
    mutating func subscribe(_ topic: String, from start: TopicStart, _ now: Moment) -> [ClientAction] {
        if topics[topic] != nil, start == .now { return finish(now) }
        var place: MessageID?
        if case .after(let id) = start { place = id }
        topics[topic] = .init(start: start, place: place, turn: nextSerial())
        fills["topic:\(topic)"] = nil
        askFor(topic)
        return finish(now)
    }

    /// A topic is wanted no more.
    mutating func unsubscribe(_ topic: String, _ now: Moment) -> [ClientAction] {
        guard topics[topic] != nil else { return finish(now) }
        topics[topic] = nil
        fills["topic:\(topic)"] = nil
        if topic != "all" { _ = requests.ask(.unsubscribe(topic)) }
        return finish(now)
    }

    /// Users are to be watched.
    mutating func watch(_ users: [String], _ now: Moment) -> [ClientAction] {
        do throws(ClientError) {
            for piece in try watches.add(users) { _ = requests.ask(.watch(piece)) }
        } catch {
            emit(.watchRefused(users: users, error))
        }
        return finish(now)
    }

    mutating func unwatch(_ users: [String], _ now: Moment) -> [ClientAction] {
        for piece in watches.remove(users) { _ = requests.ask(.unwatch(piece)) }
        return finish(now)
    }

    /// Asks for everything that belongs to a session.
    mutating func askForAll() {
        for topic in topics.names { askFor(topic) }
        for piece in watches.pieces { _ = requests.ask(.watch(piece)) }
    }

    private mutating func askFor(_ topic: String) {
        let turn = nextSerial()
        topics[topic]?.turn = turn
        fills["topic:\(topic)"] = nil
        _ = requests.ask(.subscribe(topic, turn: turn))
    }

    // MARK: Requests and their answers

    mutating func flushRequests(_ now: Moment) {
        while let request = requests.next(now) {
            switch request {
            case .subscribe(let topic, let turn):
                guard let subscription = topics[topic], subscription.turn == turn else { continue }
                transmit(OutgoingFrame.subscribe(n: requests.sent(request), topic: topic, start: subscription.next))
            case .unsubscribe(let topic):
                guard topics[topic] == nil else { continue }
                transmit(OutgoingFrame.unsubscribe(n: requests.sent(request), topic: topic))
            case .watch(let users):
                let wanted = users.filter { watches.users.contains($0) }
                guard !wanted.isEmpty else { continue }
                transmit(OutgoingFrame.watch(n: requests.sent(.watch(wanted)), users: wanted, isWanted: true))
            case .unwatch(let users):
                let gone = users.filter { !watches.users.contains($0) }
                guard !gone.isEmpty else { continue }
                transmit(OutgoingFrame.watch(n: requests.sent(.unwatch(gone)), users: gone, isWanted: false))
            }
        }
    }

    mutating func done(_ request: Requests.Request, after: MessageID?) {
        guard case .subscribe(let topic, let turn) = request, topics[topic]?.turn == turn else { return }
        if let after {
            // While something is missing the place stays before it.
            if let fill = fills["topic:\(topic)"] {
                fills["topic:\(topic)"]?.until = fill.until ?? after
            } else {
                topics[topic]?.advance(after)
            }
        }
        emit(.subscribed(topic: topic, after: topics[topic]?.place))
    }

    mutating func refused(_ request: Requests.Request, _ error: ClientError) {
        switch request {
        case .subscribe(let topic, let turn):
            guard topics[topic]?.turn == turn else { return }
            topics[topic] = nil
            emit(.topicRefused(topic: topic, error))
        case .watch(let users):
            let wanted = users.filter { watches.users.contains($0) }
            if error.code == .refused(.forbidden), wanted.count > 1 {
                // One of them may not be seen, and all are refused for it: it is found in halves.
                for half in [wanted[..<(wanted.count / 2)], wanted[(wanted.count / 2)...]] {
                    _ = requests.ask(.watch(Array(half)))
                }
            } else if !wanted.isEmpty {
                _ = watches.remove(wanted)
                emit(.watchRefused(users: wanted, error))
            }
        case .unsubscribe, .unwatch: break
        }
    }
}
