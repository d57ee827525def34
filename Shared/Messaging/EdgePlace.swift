/// An event loop of an edge: where a SockJS session lives, or who asks for it.
///
/// As text: `<edge>/<event loop>`.
public struct EdgePlace: Hashable, Sendable, CustomStringConvertible {
    public var edge: String
    /// The number of the event loop.
    public var loop: Int

    /// A place of its parts.
    public init(edge: String, loop: Int) {
        self.edge = edge
        self.loop = loop
    }

    /// Reads a place; nil when the text is none.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, Identifier.isValid(String(parts[0])), let loop = Int(parts[1]), loop >= 0 else {
            return nil
        }
        self.init(edge: String(parts[0]), loop: loop)
    }

    public var description: String { "\(edge)/\(loop)" }
}
