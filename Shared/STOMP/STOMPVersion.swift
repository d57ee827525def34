/// A version of STOMP: 1.0, 1.1 or 1.2, all of which are spoken.
///
/// Source: https://stomp.github.io/stomp-specification-1.2.html#protocol-negotiation
public enum STOMPVersion: String, Sendable, CaseIterable, Comparable {
    case v10 = "1.0"
    case v11 = "1.1"
    case v12 = "1.2"

    /// The WebSocket subprotocol of this version: `v10.stomp`, `v11.stomp` or `v12.stomp`.
    public var subprotocol: String {
        switch self {
        case .v10: "v10.stomp"
        case .v11: "v11.stomp"
        case .v12: "v12.stomp"
        }
    }

    /// The version that a WebSocket subprotocol names; nil for any other subprotocol.
    public init?(subprotocol: some StringProtocol) {
        guard let version = Self.allCases.first(where: { $0.subprotocol == subprotocol }) else { return nil }
        self = version
    }

    /// The subprotocol to answer a handshake with: the highest version among those offered, nil when there is none.
    public static func highest(ofSubprotocols offered: [some StringProtocol]) -> STOMPVersion? {
        offered.compactMap { STOMPVersion(subprotocol: $0) }.max()
    }

    /// The version that a session will speak.
    ///
    /// It is the highest that both sides know. When the WebSocket's subprotocol named one and the client's list has it too, it is that one.
    /// A CONNECT without `accept-version` asks for 1.0.
    ///
    /// - Parameters:
    ///   - accepted: The value of `accept-version`: versions separated by commas, blanks around them allowed.
    ///   - subprotocol: The version of the WebSocket's subprotocol, if one was agreed upon.
    /// - Returns: nil when there is no version in common.
    public static func negotiate(accepted: String?, subprotocol: STOMPVersion? = nil) -> STOMPVersion? {
        guard let accepted else { return .v10 }
        let offered = accepted.split(separator: ",").compactMap { part in
            STOMPVersion(rawValue: part.trimmed)
        }
        if let subprotocol, offered.contains(subprotocol) { return subprotocol }
        return offered.max()
    }

    /// Whether header names and values are escaped.
    public var escapesHeaders: Bool { self != .v10 }

    public static func < (left: STOMPVersion, right: STOMPVersion) -> Bool { left.rawValue < right.rawValue }
}

extension StringProtocol {
    /// The text without the blanks at both ends.
    var trimmed: String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        let start = drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(start[...last])
    }

    /// Whether both are the same bytes. `==` holds canonically equivalent texts to be the same, which ids and header names are not.
    func isSame(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }
}
