/// What ends a flushed stream and is left out on the wire (RFC 7692, section 7.2.1).
enum DeflateTail {
    static let bytes: [UInt8] = [0x00, 0x00, 0xff, 0xff]
}
