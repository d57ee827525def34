import Messaging

/// Reads the frames that clients send most often straight from CBOR: `send` without attachments, `signal`, `ack` and `ping`, their fields named by numbers.
///
/// Whatever else there is, or is wrong, gives nil and is left to ``CBORReader``: so there is one place that says what is wrong.
struct UsualFrameReader {
    private enum Kind { case send, signal, acknowledge, ping }

    private struct Head {
        var kind: UInt8
        var value: UInt64
        var isIndefinite = false
    }

    private var place = 0
    private var kind: Kind?
    private var n: UInt64?
    private var to: Destination?
    private var cursor: MessageID?
    private var data: Range<Int>?

    mutating func frame(_ cbor: Span<UInt8>) -> ClientFrame? {
        guard let head = head(cbor), head.kind == 5, members(head, cbor), place == cbor.count else { return nil }
        switch kind {
        case .send:
            guard let n, let to, let data else { return nil }
            return .send(n: n, to: to, data: data)
        case .signal:
            guard let to, let data else { return nil }
            return .signal(to: to, data: data)
        case .acknowledge: return cursor.map { .acknowledge(cursor: $0) }
        case .ping: return n.map { .ping(n: $0) }
        case nil: return nil
        }
    }

    private mutating func members(_ head: Head, _ cbor: Span<UInt8>) -> Bool {
        var count: UInt64 = 0
        while head.isIndefinite || count < head.value {
            if head.isIndefinite, place < cbor.count, cbor[place] == CBORWriter.end {
                place += 1
                return true
            }
            guard member(cbor) else { return false }
            count += 1
        }
        return true
    }

    /// False for a field that is not looked for here, is there twice, or is not of the form that is usual.
    private mutating func member(_ cbor: Span<UInt8>) -> Bool {
        guard let key = head(cbor), key.kind == 0 else { return false }
        switch key.value {
        case FrameField.type:
            guard kind == nil, let word = take(3, cbor) else { return false }
            kind = Self.kind(cbor.extracting(word))
            return kind != nil
        case FrameField.n:
            guard n == nil, let head = head(cbor), head.kind == 0, head.value <= ClientFrame.maximumN else {
                return false
            }
            n = head.value
        case FrameField.cursor:
            guard cursor == nil, let head = head(cbor), head.kind == 4, head.value == 2, !head.isIndefinite,
                let milliseconds = self.head(cbor), milliseconds.kind == 0,
                let sequence = self.head(cbor), sequence.kind == 0
            else { return false }
            cursor = MessageID(milliseconds: milliseconds.value, sequence: sequence.value)
        case FrameField.to:
            guard to == nil, let text = take(3, cbor) else { return false }
            to = Destination(utf8: cbor.extracting(text))
            return to != nil
        case FrameField.data:
            guard data == nil else { return false }
            data = json(cbor)
            return data != nil
        default: return false
        }
        return true
    }

    /// JSON in a byte string, with or without the tag that says so: where it is, checked.
    private mutating func json(_ cbor: Span<UInt8>) -> Range<Int>? {
        let start = place
        if let tag = head(cbor), tag.kind != 6 || tag.value != CBORWriter.embeddedJSON { place = start }
        guard let bytes = take(2, cbor), cbor.extracting(bytes).isUTF8,
            let value = try? JSONScanner.onlyValue(in: cbor.extracting(bytes))
        else { return nil }
        return bytes.lowerBound + value.lowerBound..<bytes.lowerBound + value.upperBound
    }

    private static func kind(_ word: Span<UInt8>) -> Kind? {
        guard word.count <= 6 else { return nil }
        // The bytes after a 1, which tells `ack` from what begins with zeros.
        var packed: UInt64 = 1
        for place in word.indices { packed = packed << 8 | UInt64(word[place]) }
        return switch packed {
        case 0x01_7365_6e64: .send
        case 0x01_7369_676e_616c: .signal
        case 0x01_61_636b: .acknowledge
        case 0x01_7069_6e67: .ping
        default: nil
        }
    }

    /// Where the content of a byte string (2) or a text (3) of known length is.
    private mutating func take(_ kind: UInt8, _ cbor: Span<UInt8>) -> Range<Int>? {
        guard let head = head(cbor), head.kind == kind, !head.isIndefinite,
            head.value <= UInt64(cbor.count - place)
        else { return nil }
        defer { place += Int(head.value) }
        return place..<place + Int(head.value)
    }

    private mutating func head(_ cbor: Span<UInt8>) -> Head? {
        guard place < cbor.count else { return nil }
        let first = cbor[place]
        place += 1
        let (kind, size) = (first >> 5, first & 0x1f)
        switch size {
        case 0..<24: return Head(kind: kind, value: UInt64(size))
        case 24...27:
            let width = 1 << Int(size - 24)
            guard cbor.count - place >= width else { return nil }
            var value: UInt64 = 0
            for byte in place..<place + width { value = value << 8 | UInt64(cbor[byte]) }
            place += width
            return Head(kind: kind, value: value)
        case 31 where (2...5).contains(kind): return Head(kind: kind, value: 0, isIndefinite: true)
        default: return nil
        }
    }
}
