public import NIOCore

extension ByteBuffer {
    /// Unmasks the first `count` readable bytes, eight at a time. The mask's lowest byte is for the first of them.
    mutating func unmask(_ count: Int, _ mask: UInt32) {
        guard mask != 0, count > 0 else { return }
        let wide = (UInt64(mask) | UInt64(mask) << 32).littleEndian
        unsafe withUnsafeMutableReadableBytes { bytes in
            var place = 0
            while place + 8 <= count {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                unsafe bytes.storeBytes(of: word ^ wide, toByteOffset: place, as: UInt64.self)
                place += 8
            }
            while place < count {
                unsafe bytes[place] ^= UInt8(truncatingIfNeeded: mask >> UInt32(place % 4 * 8))
                place += 1
            }
        }
    }

    /// The most that a frame's header takes when a server sends it.
    public static let longestFrameHeader = 10

    /// Writes the header of a final frame, unmasked. Source: https://www.rfc-editor.org/rfc/rfc6455#section-5.2
    public mutating func writeFrameHeader(opcode: UInt8, length: Int) {
        writeInteger(0x80 | opcode)
        if length < 126 {
            writeInteger(UInt8(length))
        } else if length <= UInt16.max {
            writeInteger(126 as UInt8)
            writeInteger(UInt16(length))
        } else {
            writeInteger(127 as UInt8)
            writeInteger(UInt64(length))
        }
    }
}
