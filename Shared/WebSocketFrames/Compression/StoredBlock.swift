public import NIOCore

extension ByteBuffer {
    /// The most that ``writeStoredBlock(_:)`` puts before its bytes.
    public static let storedBlockHeader = 5

    /// Writes bytes as a block of a deflate stream that is not compressed (RFC 1951, section 3.2.4), at its beginning or after a flush.
    ///
    /// So what is for one recipient can stand before what was compressed once for all of them.
    /// - Parameter bytes: at most 65,535.
    public mutating func writeStoredBlock(_ bytes: [UInt8]) {
        precondition(bytes.count <= UInt16.max)
        // Not the last block, stored, and padding up to the next byte.
        writeInteger(0 as UInt8)
        writeInteger(UInt16(bytes.count), endianness: .little)
        writeInteger(~UInt16(bytes.count), endianness: .little)
        writeBytes(bytes)
    }
}
