/// One life of an edge: `<edge>:<boot>`. A restarted edge, or one whose lease lapsed, has a new one, and what was registered under
/// the old one counts for nothing.
public struct Incarnation: Hashable, Sendable, CustomStringConvertible {
    /// The edge's id.
    public let edge: String
    /// A random word, new with each life.
    public let boot: String

    /// An incarnation of its parts.
    public init(edge: String, boot: String) {
        self.edge = edge
        self.boot = boot
    }

    /// A new life of an edge.
    public static func new(edge: String) -> Incarnation {
        Incarnation(edge: edge, boot: String(UInt64.random(in: .min ... .max), radix: 36))
    }

    /// Reads `<edge>:<boot>`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, Identifier.isValid(parts[0]), Identifier.isValid(parts[1]) else { return nil }
        self.init(edge: String(parts[0]), boot: String(parts[1]))
    }

    public var description: String { "\(edge):\(boot)" }
}
