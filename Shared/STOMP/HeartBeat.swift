/// Heart-beats in both directions, from their negotiation on.
///
/// Any data counts as a heart-beat. Times are on any clock that only goes forward.
/// Source: https://stomp.github.io/stomp-specification-1.2.html#Heart-beating
public struct HeartBeat: Hashable, Sendable {
    /// What one side says of itself in the `heart-beat` header.
    public struct Offer: Hashable, Sendable {
        /// The smallest number of milliseconds between heart-beats that it can keep to; 0: it sends none.
        public var sends: Int
        /// The number of milliseconds between heart-beats that it would like to get; 0: it wants none.
        public var wants: Int

        /// No heart-beats in either direction: what a missing header means.
        public static let none = Offer(sends: 0, wants: 0)

        /// An offer of its parts, in milliseconds.
        public init(sends: Int, wants: Int) {
            self.sends = sends
            self.wants = wants
        }

        /// Reads a header's value: two numbers of milliseconds, each at most nine digits, separated by a comma; blanks around them are allowed.
        public init?(_ text: some StringProtocol) {
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
            guard parts.count == 2, let sends = Self.number(parts[0]), let wants = Self.number(parts[1]) else {
                return nil
            }
            self.init(sends: sends, wants: wants)
        }

        private static func number(_ text: String) -> Int? {
            guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
                return nil
            }
            return Int(text)
        }

        /// The header's value.
        public var text: String { "\(sends),\(wants)" }
    }

    /// What is to be done at a tick.
    public enum Action: Hashable, Sendable {
        /// Send an end-of-line.
        case send
        /// The other side has been silent for too long: close with 4002.
        case silent
    }

    /// At least how often something must be sent; nil: not at all.
    public let sending: Duration?
    /// How often something should be received; nil: not at all.
    public let receiving: Duration?
    private var lastSent: Duration
    private var lastReceived: Duration

    /// How many intervals the other side may be silent. The specification asks for an error margin.
    public static let tolerance = 2

    /// What follows from the two offers.
    public init(server: Offer, client: Offer, now: Duration) {
        sending = Self.interval(server.sends, client.wants)
        receiving = Self.interval(client.sends, server.wants)
        lastSent = now
        lastReceived = now
    }

    private static func interval(_ sends: Int, _ wants: Int) -> Duration? {
        sends == 0 || wants == 0 ? nil : .milliseconds(max(sends, wants))
    }

    /// Something was sent.
    public mutating func sent(now: Duration) { lastSent = now }

    /// Something was received.
    public mutating func received(now: Duration) { lastReceived = now }

    /// To be asked regularly, at least as often as the shortest interval.
    /// - Parameter next: How long it is until this is asked again, so that a heart-beat that would then be late is sent now.
    public mutating func tick(now: Duration, next: Duration) -> Action? {
        if let receiving, now - lastReceived > receiving * Self.tolerance + next { return .silent }
        if let sending, now - lastSent + next >= sending {
            lastSent = now
            return .send
        }
        return nil
    }
}
