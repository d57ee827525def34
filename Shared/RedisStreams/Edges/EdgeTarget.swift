/// Where something is told.
public enum EdgeTarget: Hashable, Sendable {
    /// The stream of one edge.
    case edge(String)
    /// The stream that all edges read.
    case all
}
