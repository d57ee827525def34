import CZlib
public import NIOCore

/// Takes messages compressed by `permessage-deflate` apart, piece by piece as they come. Not for more than one thread at once.
/// Source: https://www.rfc-editor.org/rfc/rfc7692#section-7.2.2
@safe public final class Inflater {
    public enum Failure: Error, Hashable {
        /// The message is longer than it may be: what has come of it is dropped.
        case tooLong
        /// The bytes are not a deflate stream.
        case invalid
    }

    private let stream: UnsafeMutablePointer<z_stream>
    private let takesOver: Bool

    /// - Parameters:
    ///   - windowBits: 8 to 15, what the other side uses at most.
    ///   - takesOver: whether messages may refer to those before them.
    public init(windowBits: Int, takesOver: Bool) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        self.takesOver = takesOver
        let result = unsafe czlib_inflate_init(stream, CInt(windowBits))
        precondition(result == Z_OK, "zlib gives no decompressor: \(result)")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Adds what a piece of a message's payload holds.
    /// - Parameter limit: how many bytes `output` may have in the end; no more than that is ever made.
    public func inflate(_ piece: ByteBuffer, into output: inout ByteBuffer, limit: Int) throws(Failure) {
        try piece.readableBytes > 0 ? run(piece, &output, limit) : ()
    }

    /// Adds what is left after the message's last piece, and is ready for the next message.
    public func finish(into output: inout ByteBuffer, limit: Int) throws(Failure) {
        try run(ByteBuffer(bytes: DeflateTail.bytes), &output, limit)
        if !takesOver { reset() }
    }

    /// Forgets all, as after a message that was not finished.
    public func reset() { unsafe inflateReset(stream) }

    private func run(_ piece: ByteBuffer, _ output: inout ByteBuffer, _ limit: Int) throws(Failure) {
        let failure: Failure? = unsafe piece.withUnsafeReadableBytes { bytes in
            unsafe stream.pointee.next_in = UnsafeMutablePointer(
                mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
            unsafe stream.pointee.avail_in = UInt32(bytes.count)
            defer {
                unsafe stream.pointee.next_in = nil
                unsafe stream.pointee.next_out = nil
            }
            while true {
                // One byte more than allowed, to see that there is more.
                let allowed = limit + 1 - output.readableBytes
                guard allowed > 0 else { return .tooLong }
                let room = min(allowed, max(512, 4 * bytes.count))
                var result = Z_OK
                var isFull = false
                unsafe output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
                    let count = min(space.count, allowed)
                    unsafe stream.pointee.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    unsafe stream.pointee.avail_out = UInt32(count)
                    result = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
                    isFull = unsafe stream.pointee.avail_out == 0
                    return unsafe count - Int(stream.pointee.avail_out)
                }
                switch result {
                // A block may say that it is the last (section 7.2.3.4): after it a stream begins anew, but what was before it is not forgotten.
                // `inflateSetDictionary` would say the same, and copy 32 KiB for each such block, of which a message can have thousands.
                case Z_STREAM_END: unsafe inflateResetKeep(stream)
                case Z_OK, Z_BUF_ERROR: break
                default: return .invalid
                }
                guard output.readableBytes <= limit else { return .tooLong }
                let isMore = unsafe stream.pointee.avail_in > 0 && result != Z_BUF_ERROR
                guard isFull || isMore else { return nil }
            }
        }
        if let failure {
            reset()
            throw failure
        }
    }
}

@available(*, unavailable)
extension Inflater: Sendable {}
