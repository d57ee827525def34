import Messaging

/// What the welcome asks a client to keep to.
struct ServerLimits: Hashable, Sendable {
    /// The largest frame, in bytes.
    var messageBytes: Int64 = 65_536
    /// Frames a second, in the long run; nil for no limit.
    var rate: Int64?
    /// Frames at once; nil for no limit.
    var burst: Int64?
    /// Over how many milliseconds to spread the first try after a connection was lost without a word.
    var reconnectWithin: Int64 = 0

    init() {}

    init(rate: Int64, burst: Int64) {
        self.rate = rate
        self.burst = burst
    }

    init(_ bytes: Span<UInt8>) {
        var scanner = JSONScanner()
        while let member = try? scanner.next(in: bytes) {
            guard let number = FrameFields.integer(member.value, bytes), number > 0 else { continue }
            switch JSONScanner.text(member.key, isEscaped: member.isKeyEscaped, in: bytes) {
            case "messageBytes": messageBytes = number
            case "rate": rate = number
            case "burst": burst = number
            // A minute of it is more than any edge asks for.
            case "reconnectWithin": reconnectWithin = min(number, 60_000)
            default: break
            }
        }
    }
}
