import Messaging

/// Reads a client's frame from CBOR and writes the JSON that it stands for, in one pass.
///
/// What is not well-formed, nests too deep or has no place in JSON is refused with the byte at which it stands.
/// Source: https://www.rfc-editor.org/rfc/rfc8949
struct CBORReader {
    private static let maximumDepth = 8

    private var place = 0
    private var json: [UInt8] = []

    private struct Head {
        var kind: UInt8
        /// The five low bits, which say how the value is given; 31: of indefinite length.
        var size: UInt8
        var value: UInt64
        var isIndefinite: Bool { size == 31 }
    }

    mutating func frame(_ cbor: Span<UInt8>) throws(MessagingError) -> [UInt8] {
        json.reserveCapacity(cbor.count * 2)
        let head = try head(cbor)
        guard head.kind == 5 else { throw failure("a frame is one map") }
        json.append(UInt8(ascii: "{"))
        try items(head, cbor) { (self: inout Self) throws(MessagingError) in try self.member(cbor) }
        json.append(UInt8(ascii: "}"))
        guard place == cbor.count else { throw failure("expected nothing after the map") }
        return json
    }

    private mutating func member(_ cbor: Span<UInt8>) throws(MessagingError) {
        let key = try head(cbor)
        var number: Int?
        switch key.kind {
        case 0 where key.value < UInt64(FrameField.names.count):
            let known = Int(key.value)
            json.append(contentsOf: FrameField.quoted[known])
            number = known
        // A field of later times.
        case 0: json.append(contentsOf: "\"field\(key.value)\"".utf8)
        case 3:
            let name = cbor.extracting(try text(key, cbor))
            string(name)
            number = FrameField.number(of: name)
        default: throw failure("the key of a field is its number or its name")
        }
        json.append(UInt8(ascii: ":"))
        if let number, FrameField.isJSON(number) {
            try embedded(FrameField.names[number], cbor)
        } else {
            try value(cbor, depth: 1, isID: FrameField.isID(number))
        }
    }

    /// JSON in a byte string, with or without the tag that says so.
    private mutating func embedded(_ name: String, _ cbor: Span<UInt8>) throws(MessagingError) {
        var head = try head(cbor)
        if head.kind == 6, head.value == CBORWriter.embeddedJSON, !head.isIndefinite { head = try self.head(cbor) }
        if head.kind == 7, head.value == 22, head.size == 22 { return json.append(contentsOf: "null".utf8) }
        guard head.kind == 2, !head.isIndefinite else {
            throw failure("field '\(name)' must be JSON text in a byte string of known length")
        }
        let range = try take(head, cbor)
        // One value and nothing beside it, or it could pass for other fields.
        var whole = Array("{\"v\":".utf8)
        whole.reserveCapacity(whole.count + range.count + 1)
        whole.append(contentsOf: cbor.extracting(range))
        whole.append(UInt8(ascii: "}"))
        var scanner = JSONScanner()
        do {
            guard let member = try scanner.next(in: whole.span), try scanner.next(in: whole.span) == nil else {
                throw failure("field '\(name)' must be one JSON value")
            }
            guard whole[member.value].span.isUTF8 else { throw failure("field '\(name)' is not UTF-8") }
            json.append(contentsOf: whole[member.value])
        } catch let error as JSONScanner.Failure {
            throw failure("field '\(name)' is not valid JSON: \(error.reason)")
        } catch let error as MessagingError {
            throw error
        } catch {
            throw failure("field '\(name)' is not valid JSON")
        }
    }

    private mutating func value(_ cbor: Span<UInt8>, depth: Int, isID: Bool = false) throws(MessagingError) {
        guard depth <= Self.maximumDepth else { throw failure("nested more than \(Self.maximumDepth) deep") }
        let head = try head(cbor)
        if isID, head.kind == 4 { return try id(head, cbor) }
        switch head.kind {
        case 0: json.append(contentsOf: String(head.value).utf8)
        case 1:
            guard head.value <= UInt64(Int64.max) else { throw failure("a number is too small") }
            json.append(contentsOf: String(-1 - Int64(head.value)).utf8)
        case 3: string(cbor.extracting(try text(head, cbor)))
        case 4:
            json.append(UInt8(ascii: "["))
            try items(head, cbor) { (self: inout Self) throws(MessagingError) in
                try self.value(cbor, depth: depth + 1)
            }
            json.append(UInt8(ascii: "]"))
        case 5:
            json.append(UInt8(ascii: "{"))
            try items(head, cbor) { (self: inout Self) throws(MessagingError) in
                let key = try self.head(cbor)
                guard key.kind == 3 else { throw self.failure("a key must be text") }
                self.string(cbor.extracting(try self.text(key, cbor)))
                self.json.append(UInt8(ascii: ":"))
                try self.value(cbor, depth: depth + 1)
            }
            json.append(UInt8(ascii: "}"))
        case 7: try simple(head)
        default: throw failure("byte strings and tags have no place here")
        }
    }

    /// The two numbers of an id.
    private mutating func id(_ head: Head, _ cbor: Span<UInt8>) throws(MessagingError) {
        guard head.value == 2, !head.isIndefinite else { throw failure("an id is an array of two numbers") }
        let (milliseconds, sequence) = (try self.head(cbor), try self.head(cbor))
        guard milliseconds.kind == 0, sequence.kind == 0 else { throw failure("an id is an array of two numbers") }
        json.append(contentsOf: "\"\(milliseconds.value)-\(sequence.value)\"".utf8)
    }

    private mutating func simple(_ head: Head) throws(MessagingError) {
        switch head.size {
        case 20: json.append(contentsOf: "false".utf8)
        case 21: json.append(contentsOf: "true".utf8)
        case 22, 23: json.append(contentsOf: "null".utf8)
        case 26: try number(Double(Float(bitPattern: UInt32(head.value))))
        case 27: try number(Double(bitPattern: head.value))
        default: throw failure("only false, true, null and floats of 32 and 64 bits have a place here")
        }
    }

    private mutating func number(_ number: Double) throws(MessagingError) {
        guard number.isFinite else { throw failure("a number is not finite") }
        json.append(contentsOf: "\(number)".utf8)
    }

    // MARK: The grammar

    /// The items of an array, or the pairs of a map, with commas between.
    private mutating func items(
        _ head: Head, _ cbor: Span<UInt8>, _ item: (inout Self) throws(MessagingError) -> Void
    ) throws(MessagingError) {
        var count: UInt64 = 0
        while true {
            if head.isIndefinite {
                guard place < cbor.count else { throw failure("the frame ends too early") }
                if cbor[place] == CBORWriter.end {
                    place += 1
                    return
                }
            } else if count == head.value {
                return
            }
            if count > 0 { json.append(UInt8(ascii: ",")) }
            try item(&self)
            count += 1
        }
    }

    private mutating func head(_ cbor: Span<UInt8>) throws(MessagingError) -> Head {
        guard place < cbor.count else { throw failure("the frame ends too early") }
        let first = cbor[place]
        place += 1
        let (kind, size) = (first >> 5, first & 0x1f)
        switch size {
        case 0..<24: return Head(kind: kind, size: size, value: UInt64(size))
        case 24...27:
            let width = 1 << Int(size - 24)
            guard cbor.count - place >= width else { throw failure("the frame ends too early") }
            var value: UInt64 = 0
            for _ in 0..<width {
                value = value << 8 | UInt64(cbor[place])
                place += 1
            }
            return Head(kind: kind, size: size, value: value)
        case 31 where (2...5).contains(kind): return Head(kind: kind, size: size, value: 0)
        default: throw failure("not well-formed CBOR")
        }
    }

    private mutating func take(_ head: Head, _ cbor: Span<UInt8>) throws(MessagingError) -> Range<Int> {
        guard head.value <= UInt64(cbor.count - place) else { throw failure("the frame ends too early") }
        defer { place += Int(head.value) }
        return place..<place + Int(head.value)
    }

    /// Where a text is; it has been checked to be UTF-8.
    private mutating func text(_ head: Head, _ cbor: Span<UInt8>) throws(MessagingError) -> Range<Int> {
        guard !head.isIndefinite else { throw failure("texts must be of known length") }
        let range = try take(head, cbor)
        guard cbor.extracting(range).isUTF8 else { throw failure("a text is not UTF-8") }
        return range
    }

    private mutating func string(_ text: Span<UInt8>) {
        json.append(UInt8(ascii: "\""))
        var written = 0
        for place in text.indices where text[place] < 0x20 || text[place] == 0x22 || text[place] == 0x5c {
            json.append(contentsOf: text.extracting(written..<place))
            written = place + 1
            switch text[place] {
            case let byte where byte >= 0x20: json += [UInt8(ascii: "\\"), byte]
            case let byte:
                json.append(contentsOf: ((byte < 16 ? "\\u000" : "\\u00") + String(byte, radix: 16)).utf8)
            }
        }
        json.append(contentsOf: text.extracting(written..<text.count))
        json.append(UInt8(ascii: "\""))
    }

    private func failure(_ reason: String) -> MessagingError {
        MessagingError(.badFrame, "the frame is not valid CBOR of switchboard.v1.cbor: \(reason) (byte \(place))")
    }
}

extension Span<UInt8> {
    /// Whether the bytes are well-formed UTF-8.
    var isUTF8: Bool {
        do {
            _ = try UTF8Span(validating: self)
            return true
        } catch {
            return false
        }
    }
}
