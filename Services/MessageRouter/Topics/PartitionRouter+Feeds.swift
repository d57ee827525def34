import Messaging
import RedisStreams

extension PartitionRouter {
    /// Has the edges told that hear a feed: each by its own stream; or all by the one that every edge reads, where all hear it, or are to.
    func spread(
        _ dispatch: Dispatch, number: Int, to feed: Feed, _ outcome: DeliverScript.Reply, _ live: [String: String]
    ) {
        guard case .incarnations(let incarnations)? = outcome.whereabouts else { return }
        var targets = Set(incarnations.compactMap { live[$0].map(EdgeTarget.edge) })
        var weight = 1
        if feed == .all || targets.count > 1 && targets.count == live.count {
            targets = [.all]
            weight = max(1, live.count)
        }
        for target in targets {
            switch (outcome, dispatch) {
            case (.appended(let place, let previous, _), _):
                fanout.add(
                    dispatch, number: number, user: feed.description, link: (place, previous), to: target,
                    weight: weight)
            case (.known(let last, _), .feed):
                fanout.look(feed, place: last, to: target)
            default: fanout.add(dispatch, number: number, user: "", to: target, weight: weight)
            }
        }
    }
}

extension DeliverScript.Reply {
    /// What became of a message of a feed, in the words of an inbox: the place stands for the cursor.
    init(_ reply: DeliverFeedScript.Reply, place: MessageID) {
        switch reply {
        case .appended(let previous, let incarnations):
            self = .appended(cursor: place, previous: previous, .incarnations(incarnations))
        case .known(let last, let incarnations): self = .known(last: last, .incarnations(incarnations))
        case .moved: self = .moved
        case .outOfOrder: self = .outOfOrder
        }
    }
}
