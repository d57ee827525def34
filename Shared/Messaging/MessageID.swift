/// An id that Redis gave a stream entry: `<ms>-<n>`, milliseconds since the Unix epoch and a number within that millisecond.
///
/// Message ids, cursors and positions all are of this form; they are ordered by time first.
/// Source: https://redis.io/docs/latest/develop/data-types/streams/#entry-ids
public struct MessageID: Hashable, Comparable, Sendable {
    /// Milliseconds since the Unix epoch, by Redis' clock.
    public var milliseconds: UInt64
    /// The number within the millisecond.
    public var sequence: UInt64

    /// The id before all others, `0-0`.
    public static let zero = MessageID(milliseconds: 0, sequence: 0)
    /// The id after all others.
    public static let last = MessageID(milliseconds: .max, sequence: .max)

    /// An id of its two parts.
    public init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// Reads `<ms>-<n>`; `0` alone is read as `0-0`. Anything else is nil: no signs, no blanks, no leading zeros beyond `0`.
    public init?(_ text: some StringProtocol) { self.init(parsing: text.utf8) }

    // For these there is code of their own: what is generic for other modules asks a table for each byte.

    /// Reads the same form.
    public init?(_ text: String) { self.init(parsing: text.utf8) }

    /// Reads the same form from bytes.
    public init?(utf8 bytes: some Collection<UInt8>) { self.init(parsing: bytes) }

    /// Reads the same form from bytes.
    public init?(utf8 bytes: [UInt8]) { self.init(parsing: bytes) }

    private init?(parsing bytes: some Sequence<UInt8>) {
        var parts: (UInt64, UInt64) = (0, 0)
        var digits = 0
        var inSequence = false
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let current = inSequence ? parts.1 : parts.0
                if digits > 0 && current == 0 { return nil }
                let (product, overflow) = current.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
                guard !overflow, !carry else { return nil }
                if inSequence { parts.1 = sum } else { parts.0 = sum }
                digits += 1
            case UInt8(ascii: "-"):
                guard !inSequence, digits > 0 else { return nil }
                inSequence = true
                digits = 0
            default:
                return nil
            }
        }
        guard digits > 0, inSequence || parts.0 == 0 else { return nil }
        self.init(milliseconds: parts.0, sequence: parts.1)
    }

    public static func < (left: MessageID, right: MessageID) -> Bool {
        left.milliseconds == right.milliseconds
            ? left.sequence < right.sequence : left.milliseconds < right.milliseconds
    }

    /// The next possible id, or nil after the last.
    public var successor: MessageID? {
        if sequence < .max { return MessageID(milliseconds: milliseconds, sequence: sequence + 1) }
        return milliseconds < .max ? MessageID(milliseconds: milliseconds + 1, sequence: 0) : nil
    }
}

extension MessageID: CustomStringConvertible {
    public var description: String { "\(milliseconds)-\(sequence)" }
}
