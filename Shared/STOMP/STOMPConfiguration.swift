/// How a connection is spoken.
public struct STOMPConfiguration: Hashable, Sendable {
    /// What a NACK does.
    public enum Refusal: String, Hashable, Sendable, CaseIterable {
        /// The message stays unacknowledged: it, and what follows it, comes again with the next connection.
        case keep
        /// The message counts as acknowledged.
        case discard
    }

    public var limits: STOMPLimits
    /// What the server says of its heart-beats.
    public var heartBeat: HeartBeat.Offer
    public var destinations: DestinationMap
    public var refusal: Refusal
    /// The version of the WebSocket's subprotocol, if one was agreed upon.
    public var subprotocol: STOMPVersion?

    /// A configuration, with what the server uses unless it is told otherwise.
    public init(
        limits: STOMPLimits = STOMPLimits(), heartBeat: HeartBeat.Offer = HeartBeat.Offer(sends: 10_000, wants: 10_000),
        destinations: DestinationMap = .standard, refusal: Refusal = .keep, subprotocol: STOMPVersion? = nil
    ) {
        self.limits = limits
        self.heartBeat = heartBeat
        self.destinations = destinations
        self.refusal = refusal
        self.subprotocol = subprotocol
    }
}
