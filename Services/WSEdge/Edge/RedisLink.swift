import RedisStreams

/// The way to Redis that event loops use: a ``RedisConnection``, or what a test puts in its place.
struct RedisLink: Sendable {
    typealias Completion = @Sendable ([Result<RedisValue, RedisError>]) -> Void

    /// Whether commands sent now have a chance.
    let isConnected: @Sendable () -> Bool
    /// Sends commands as one unit; the completion may run on any thread.
    let send: @Sendable ([RedisCommand], @escaping Completion) -> Void

    init(
        isConnected: @escaping @Sendable () -> Bool,
        send: @escaping @Sendable ([RedisCommand], @escaping Completion) -> Void
    ) {
        self.isConnected = isConnected
        self.send = send
    }

    init(_ connection: RedisConnection) {
        self.init(isConnected: { connection.isConnected }, send: { connection.send($0, $1) })
    }
}
