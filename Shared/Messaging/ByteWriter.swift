/// Appends numbers, texts and bytes to a buffer: the writing half of the binary form of ``EdgeBatch``.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(byte: UInt8) { bytes.append(byte) }

    /// Unsigned LEB128: seven bits a byte, low bits first. Source: https://protobuf.dev/programming-guides/encoding/#varints
    mutating func write(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func write(_ id: MessageID) {
        write(id.milliseconds)
        write(id.sequence)
    }

    mutating func write(_ text: String) {
        write(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func write(_ data: [UInt8]) {
        write(UInt64(data.count))
        bytes.append(contentsOf: data)
    }

    mutating func write(_ texts: [String]) {
        write(UInt64(texts.count))
        for text in texts { write(text) }
    }
}

/// Reads what ``ByteWriter`` wrote. Every read is checked: truncated or oversized input throws.
struct ByteReader {
    private let bytes: [UInt8]
    private var place: Int
    private let end: Int

    init(_ bytes: [UInt8]) { self.init(bytes, place: 0, end: bytes.count) }

    private init(_ bytes: [UInt8], place: Int, end: Int) {
        self.bytes = bytes
        self.place = place
        self.end = end
    }

    var isAtEnd: Bool { place == end }

    mutating func byte() throws(MessagingError) -> UInt8 {
        guard place < end else { throw Self.truncated }
        defer { place += 1 }
        return bytes[place]
    }

    mutating func number() throws(MessagingError) -> UInt64 {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            guard shift < 63 || next <= 1 else { throw Self.truncated }
            result |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return result }
            shift += 7
        }
    }

    /// A count of things of at least one byte each, so never more than the bytes left.
    mutating func count() throws(MessagingError) -> Int {
        let number = try number()
        guard number <= UInt64(end - place) else { throw Self.truncated }
        return Int(number)
    }

    mutating func id() throws(MessagingError) -> MessageID {
        MessageID(milliseconds: try number(), sequence: try number())
    }

    mutating func data() throws(MessagingError) -> [UInt8] {
        let count = try count()
        defer { place += count }
        return Array(bytes[place..<place + count])
    }

    mutating func text() throws(MessagingError) -> String {
        let count = try count()
        defer { place += count }
        return String(decoding: bytes[place..<place + count], as: UTF8.self)
    }

    mutating func texts() throws(MessagingError) -> [String] {
        let count = try count()
        var texts: [String] = []
        texts.reserveCapacity(count)
        for _ in 0..<count { texts.append(try text()) }
        return texts
    }

    /// A part with its length before it, as a reader of its own: what is left of it unread is passed over.
    mutating func body() throws(MessagingError) -> ByteReader {
        let count = try count()
        defer { place += count }
        return ByteReader(bytes, place: place, end: place + count)
    }

    // MARK: What is not to be read

    /// Passes over a text or bytes.
    mutating func skip() throws(MessagingError) {
        let count = try count()
        place += count
    }

    /// Passes over an id.
    mutating func skipID() throws(MessagingError) {
        _ = try number()
        _ = try number()
    }

    /// Passes over a user's id: its ``EdgeBatch/fingerprint(of:)``.
    mutating func fingerprint() throws(MessagingError) -> UInt64 {
        let count = try count()
        defer { place += count }
        var hash = EdgeBatch.fingerprintSeed
        for byte in bytes[place..<place + count] { hash = EdgeBatch.fingerprint(hash, byte) }
        return hash
    }

    private static let truncated = MessagingError(.badEntry, "the edge batch is truncated or malformed")
}
