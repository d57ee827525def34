import CZlib
public import NIOCore

/// Compresses messages for `permessage-deflate`. Not for more than one thread at once.
/// Source: https://www.rfc-editor.org/rfc/rfc7692#section-7.2.1
@safe public final class Deflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let takesOver: Bool

    /// - Parameters:
    ///   - policy: the level, and how much memory the compressor may take.
    ///   - windowBits: 9 to 15, at most what the policy says.
    ///   - takesOver: whether messages refer to those before them.
    public init(_ policy: CompressionPolicy, windowBits: Int, takesOver: Bool) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        self.takesOver = takesOver
        let result = unsafe czlib_deflate_init(
            stream, CInt(policy.level), CInt(windowBits), CInt(policy.memoryLevel))
        // The arguments are within their bounds; what is left is that there is no memory, and then nothing else works either.
        precondition(result == Z_OK, "zlib gives no compressor: \(result)")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// The payload of a frame (the bit RSV1 says that it is one) for a message made of parts.
    public func compress(_ parts: ByteBuffer..., into output: inout ByteBuffer) {
        let start = output.writerIndex
        for (index, part) in parts.enumerated() {
            run(part, flush: index == parts.count - 1 ? Z_SYNC_FLUSH : Z_NO_FLUSH, &output)
        }
        if output.writerIndex == start {
            // Nothing to say after a flush: zlib does not flush again. Section 7.2.3.6.
            output.writeInteger(0 as UInt8)
        } else {
            // A flush ends with an empty stored block, whose last four bytes the other side adds again.
            output.moveWriterIndex(to: output.writerIndex - DeflateTail.bytes.count)
        }
        if !takesOver { unsafe deflateReset(stream) }
    }

    private func run(_ input: ByteBuffer, flush: CInt, _ output: inout ByteBuffer) {
        unsafe input.withUnsafeReadableBytes { bytes in
            unsafe stream.pointee.next_in = UnsafeMutablePointer(
                mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
            unsafe stream.pointee.avail_in = UInt32(bytes.count)
            var isFull = true
            while isFull {
                let room = max(256, bytes.count / 2)
                unsafe output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
                    unsafe stream.pointee.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    unsafe stream.pointee.avail_out = UInt32(space.count)
                    _ = unsafe deflate(stream, flush)
                    isFull = unsafe stream.pointee.avail_out == 0
                    return unsafe space.count - Int(stream.pointee.avail_out)
                }
            }
            unsafe stream.pointee.next_in = nil
            unsafe stream.pointee.next_out = nil
        }
    }
}

@available(*, unavailable)
extension Deflater: Sendable {}
