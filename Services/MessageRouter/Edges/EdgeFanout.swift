import Messaging
import RedisStreams

/// Gathers what each edge is to be told, or all of them, in the order in which it was delivered, with a body once for each.
struct EdgeFanout {
    /// What is to be told in one place.
    private struct Outgoing {
        var items: [EdgeBatch.Item] = []
        /// The dispatch that recipients are being added to, and its number.
        var open: (number: Int, dispatch: Dispatch)?
        var recipients: [EdgeBatch.Recipient] = []
        var users: [String] = []
        var looks: [String: MessageID] = [:]
        var feedLooks: [Feed: MessageID] = [:]

        mutating func close() {
            guard let dispatch = open?.dispatch else { return }
            switch dispatch {
            case .message(let id, _, let entry):
                items.append(
                    .message(
                        EdgeBatch.Message(
                            id: id, conversation: entry.conversation, from: entry.from, device: entry.device,
                            data: entry.data, recipients: recipients, attachments: entry.attachments,
                            change: entry.change)))
            case .read(let conversation, let user, let device, let id):
                items.append(.read(conversation: conversation, user: user, device: device, id: id, users: users))
            case .signal(let from, let device, let to, let at, let data):
                items.append(.signal(from: from, device: device, to: to, at: at, data: data, users: users))
            case .feed(let feed, let id, let source, let entry):
                guard let link = recipients.first else { break }
                items.append(
                    .feed(
                        feed,
                        FeedEntry(
                            place: source, previous: link.previous, id: id, from: entry.from, device: entry.device,
                            data: entry.data, attachments: entry.attachments, change: entry.change)))
            case .feedSignal(let feed, let departed, let from, let device, let to, let at, let data):
                if let departed { items.append(.feedLook(feed, place: departed)) }
                items.append(.signal(from: from, device: device, to: to, at: at, data: data, users: []))
            case .groups: items.append(.groups(users: users))
            case .departure(let feed, let entry): items.append(.feed(feed, entry))
            case .mark: break
            }
            open = nil
            recipients = []
            users = []
        }
    }

    private var places: [EdgeTarget: Int] = [:]
    private var targeted: [(target: EdgeTarget, outgoing: Outgoing)] = []
    /// Dispatches counted once for each edge that holds a recipient; one for all edges counts for as many as its sender says.
    private(set) var targets = 0

    /// A dispatch for a user who is reached by `target`, which stands for so many edges. `link`: the place in the user's inbox, for a message.
    mutating func add(
        _ dispatch: Dispatch, number: Int, user: String, link: (cursor: MessageID, previous: MessageID)? = nil,
        to target: EdgeTarget, weight: Int = 1
    ) {
        let place = place(of: target)
        if targeted[place].outgoing.open?.number != number {
            targeted[place].outgoing.close()
            targeted[place].outgoing.open = (number, dispatch)
            targets += weight
        }
        if let link {
            targeted[place].outgoing.recipients.append(
                EdgeBatch.Recipient(user: user, cursor: link.cursor, previous: link.previous))
        } else {
            targeted[place].outgoing.users.append(user)
        }
    }

    /// A message that had been delivered to a user before: the edge is to compare. Looks have no order, and the furthest one says it all.
    mutating func look(user: String, cursor: MessageID, to target: EdgeTarget) {
        let place = place(of: target)
        if targeted[place].outgoing.looks[user] ?? .zero <= cursor { targeted[place].outgoing.looks[user] = cursor }
    }

    /// A message that had been appended to a feed before.
    mutating func look(_ feed: Feed, place last: MessageID, to target: EdgeTarget) {
        let place = place(of: target)
        if targeted[place].outgoing.feedLooks[feed] ?? .zero <= last { targeted[place].outgoing.feedLooks[feed] = last }
    }

    /// What was gathered: one batch for each edge, and one for all. The fan-out is empty after that.
    mutating func take() -> [(target: EdgeTarget, batch: EdgeBatch)] {
        defer {
            places = [:]
            targeted = []
            targets = 0
        }
        return targeted.map { target, outgoing in
            var outgoing = outgoing
            outgoing.close()
            let looks = outgoing.looks.map { EdgeBatch.Item.look(user: $0.key, cursor: $0.value) }
            let feeds = outgoing.feedLooks.map { EdgeBatch.Item.feedLook($0.key, place: $0.value) }
            return (target, EdgeBatch(items: outgoing.items + looks + feeds))
        }
    }

    private mutating func place(of target: EdgeTarget) -> Int {
        if let place = places[target] { return place }
        targeted.append((target, Outgoing()))
        places[target] = targeted.count - 1
        return targeted.count - 1
    }
}
