import Messaging

/// Which of the streams that an edge follows told it something; the raw value is its place in the edge's tail.
enum NewsSource: Int, CaseIterable {
    /// The edge's own.
    case own
    /// The one that all edges read.
    case shared

    func key(_ keys: Keys, edge: String) -> String {
        switch self {
        case .own: keys.out(edge)
        case .shared: keys.all
        }
    }
}
