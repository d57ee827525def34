internal import CHiredis

/// Reads replies from bytes as a link does from its socket: for the benchmarks, which have no Redis.
@safe package final class ReplyReader {
    private let reader: UnsafeMutablePointer<redisReader>
    private let replies = ReplyBuilder()

    /// A reader before its first byte; nil when there is no memory for it.
    package init?() {
        guard let reader = unsafe redisReaderCreate() else { return nil }
        unsafe self.reader = reader
        unsafe replies.attach(to: reader)
    }

    deinit { unsafe redisReaderFree(reader) }

    /// Puts bytes behind those that were not read yet.
    package func feed(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { bytes in
            _ = unsafe redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
    }

    /// The next reply, or nil until more bytes come.
    /// - Throws: ``RedisError`` when the bytes are no reply.
    package func next() throws(RedisError) -> RedisValue? {
        var pointer: UnsafeMutableRawPointer?
        guard unsafe redisReaderGetReply(reader, &pointer) == REDIS_OK else {
            throw RedisError(.disconnected, "these bytes are no reply of Redis")
        }
        return replies.take()
    }
}

@available(*, unavailable)
extension ReplyReader: Sendable {}
