/// The name of the function that `jsonp` and `htmlfile` call in the page: the query's `c`.
///
/// It is written into scripts, so it is at most 128 of `A-Z a-z 0-9 - _ .` and nothing else.
public struct SockJSCallback: Hashable, Sendable {
    /// Why a request is refused; the description is the body of the answer, which has status 500.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        case missing
        case invalid

        public var description: String {
            switch self {
            case .missing: "\"callback\" parameter required"
            case .invalid: "invalid \"callback\" parameter"
            }
        }
    }

    /// The longest name.
    public static let maximumLength = 128

    /// The name.
    public let name: String

    /// Reads it from a query, as `c` or `callback`.
    /// - Parameter query: What follows the `?`, undecoded; nil when there is none.
    /// - Throws: ``Fault``.
    public init(query: String?) throws(Fault) {
        let bytes = Array((query ?? "").utf8)[...]
        let field = QueryText.value(of: "c", in: bytes) ?? QueryText.value(of: "callback", in: bytes)
        guard let value = field, !value.isEmpty
        else { throw .missing }
        guard value.count <= Self.maximumLength, value.allSatisfy(Self.isAllowed) else { throw .invalid }
        name = String(decoding: value, as: UTF8.self)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
