/// What a client tells its application, one after the other: for one `for await`.
///
/// An event counts as dealt with when the next one is asked for; a message is acknowledged to the server then, and not before. An application that ends in the
/// midst of one gets it again. When too many wait, the client stops reading from its socket. The sequence ends with the client.
public struct ClientEvents: AsyncSequence, Sendable {
    public typealias Element = ClientEvent
    public typealias Failure = Never

    let buffer: EventBuffer

    public func makeAsyncIterator() -> Iterator { Iterator(buffer: buffer) }

    /// Takes events out of the client.
    public struct Iterator: AsyncIteratorProtocol {
        let buffer: EventBuffer

        /// The next event; nil when there will be none, or when the task is cancelled.
        public mutating func next() async -> ClientEvent? { await buffer.next() }

        /// The next event; nil when there will be none, or when the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> ClientEvent? { await buffer.next() }
    }
}
