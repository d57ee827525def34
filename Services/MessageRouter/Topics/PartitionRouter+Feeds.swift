import Messaging
import RedisStreams

extension PartitionRouter {
    /// Has the edges told that hear a feed: each by its own stream; or all by the one that every edge reads, where all hear it, or are to.
    func spread(
        _ dispatch: Dispatch, number: Int, to feed: Feed, _ outcome: DeliverScript.Reply, _ live: [String: String]
    ) {
        let incarnations: [String]
        switch outcome {
        case .appended(_, _, let told), .known(_, let told): incarnations = told
        case .moved, .outOfOrder: return
        }
        var edges = Set(incarnations.compactMap { live[$0] })
        var weight = 1
        if feed == .all || edges.count > 1 && edges.count == live.count {
            edges = [EdgeFanout.everybody]
            weight = max(1, live.count)
        }
        for edge in edges {
            switch (outcome, dispatch) {
            case (.appended(let place, let previous, _), _):
                fanout.add(
                    dispatch, number: number, user: feed.description, link: (place, previous), edge: edge,
                    weight: weight)
            case (.known(let last, _), .feed): fanout.look(feed, place: last, edge: edge)
            default: fanout.add(dispatch, number: number, user: "", edge: edge, weight: weight)
            }
        }
    }
}

extension DeliverScript.Reply {
    /// What became of a message of a feed, in the words of an inbox: the place stands for the cursor.
    init(_ reply: DeliverFeedScript.Reply, place: MessageID) {
        switch reply {
        case .appended(let previous, let incarnations):
            self = .appended(cursor: place, previous: previous, incarnations: incarnations)
        case .known(let last, let incarnations): self = .known(last: last, incarnations: incarnations)
        case .moved: self = .moved
        case .outOfOrder: self = .outOfOrder
        }
    }
}
