public import Messaging

/// The frames of `switchboard.v1` as CBOR (RFC 8949): subprotocol `switchboard.v1.cbor`.
///
/// The same fields with the same meaning, in fewer bytes: names are numbers, ids are pairs of numbers, and what is the application's
/// (`data`, `attachments`) stays the JSON text that it is, in a byte string, so that it needs no escaping and reaches everybody byte for byte.
public enum CBORFrame {
    /// A whole frame.
    /// - Parameter json: a frame of ours; anything else gives nil.
    public static func encoded(_ json: Span<UInt8>) -> [UInt8]? {
        var writer = CBORWriter(capacity: json.count)
        writer.raw(CBORWriter.beginMap)
        guard members(of: json, &writer) else { return nil }
        writer.raw(CBORWriter.end)
        return writer.bytes
    }

    /// The beginning of a frame whose rest is shared with others, up to its last comma.
    public static func encoded(prefix json: [UInt8]) -> [UInt8]? {
        guard json.last == UInt8(ascii: ",") else { return nil }
        var whole = json
        whole[whole.count - 1] = UInt8(ascii: "}")
        var writer = CBORWriter(capacity: json.count)
        writer.raw(CBORWriter.beginMap)
        return members(of: whole.span, &writer) ? writer.bytes : nil
    }

    /// The rest of a frame that began with a prefix.
    public static func encoded(tail json: Span<UInt8>) -> [UInt8]? {
        var whole: [UInt8] = []
        whole.reserveCapacity(json.count + 1)
        whole.append(UInt8(ascii: "{"))
        whole.append(contentsOf: json)
        var writer = CBORWriter(capacity: json.count)
        guard members(of: whole.span, &writer) else { return nil }
        writer.raw(CBORWriter.end)
        return writer.bytes
    }

    /// A client's frame as the JSON that it stands for.
    /// - Throws: ``MessagingError`` that says what is wrong, and where.
    public static func json(_ cbor: Span<UInt8>) throws(MessagingError) -> [UInt8] {
        var reader = CBORReader()
        return try reader.frame(cbor)
    }

    private static func members(of json: Span<UInt8>, _ writer: inout CBORWriter) -> Bool {
        var scanner = JSONScanner()
        do {
            while let member = try scanner.next(in: json) {
                let number = key(member, json, &writer)
                if FrameField.isJSON(number) {
                    writer.json(json.extracting(member.value))
                } else if FrameField.isID(number), let id = id(json.extracting(member.value)) {
                    writer.id(id)
                } else {
                    var value = JSONValueWriter(start: member.value.lowerBound)
                    value.write(json, to: &writer)
                }
            }
        } catch {
            return false
        }
        return true
    }

    /// Writes the name of a field, and tells its number if it has one.
    private static func key(_ member: JSONScanner.Member, _ json: Span<UInt8>, _ writer: inout CBORWriter) -> Int? {
        guard !member.isKeyEscaped else {
            // As nobody writes it who means a field of ours; but it is the same name.
            let name = Array(JSONScanner.text(member.key, isEscaped: true, in: json).utf8)
            return write(name.span, to: &writer)
        }
        return write(json.extracting(member.key), to: &writer)
    }

    private static func write(_ name: Span<UInt8>, to writer: inout CBORWriter) -> Int? {
        let number = FrameField.number(of: name)
        if let number { writer.head(.unsigned, UInt64(number)) } else { writer.text(name) }
        return number
    }

    /// The id in a JSON string of one.
    private static func id(_ json: Span<UInt8>) -> MessageID? {
        guard json.count > 2, json[0] == UInt8(ascii: "\"") else { return nil }
        return unsafe json.extracting(1..<json.count - 1).withUnsafeBufferPointer { unsafe MessageID(utf8: $0) }
    }
}
