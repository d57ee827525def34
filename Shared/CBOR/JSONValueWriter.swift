import Messaging

/// Writes a JSON value as CBOR. Only for JSON of our own, or that has passed the scanner: of its grammar nothing is checked.
struct JSONValueWriter {
    private var place: Int

    init(start: Int) { place = start }

    mutating func write(_ json: Span<UInt8>, to writer: inout CBORWriter) {
        skipBlanks(json)
        switch json[place] {
        case UInt8(ascii: "\""): string(json, to: &writer)
        case UInt8(ascii: "{"):
            writer.raw(CBORWriter.beginMap)
            container(json, end: UInt8(ascii: "}")) { (self: inout Self) in
                self.string(json, to: &writer)
                self.skipBlanks(json)
                self.place += 1
                self.write(json, to: &writer)
            }
            writer.raw(CBORWriter.end)
        case UInt8(ascii: "["):
            writer.raw(0x9f)
            container(json, end: UInt8(ascii: "]")) { (self: inout Self) in self.write(json, to: &writer) }
            writer.raw(CBORWriter.end)
        case UInt8(ascii: "t"):
            place += 4
            writer.boolean(true)
        case UInt8(ascii: "f"):
            place += 5
            writer.boolean(false)
        case UInt8(ascii: "n"):
            place += 4
            writer.null()
        default: number(json, to: &writer)
        }
    }

    private mutating func skipBlanks(_ json: Span<UInt8>) {
        while place < json.count {
            switch json[place] {
            case 0x20, 0x09, 0x0a, 0x0d: place += 1
            default: return
            }
        }
    }

    private mutating func container(_ json: Span<UInt8>, end: UInt8, _ item: (inout Self) -> Void) {
        place += 1
        while true {
            skipBlanks(json)
            if json[place] == UInt8(ascii: ",") {
                place += 1
                skipBlanks(json)
            }
            if json[place] == end { break }
            item(&self)
        }
        place += 1
    }

    private mutating func string(_ json: Span<UInt8>, to writer: inout CBORWriter) {
        let start = place + 1
        var isEscaped = false
        place = start
        while json[place] != UInt8(ascii: "\"") {
            if json[place] == UInt8(ascii: "\\") {
                isEscaped = true
                place += 1
            }
            place += 1
        }
        place += 1
        if isEscaped {
            writer.text(JSONScanner.text(start..<place - 1, isEscaped: true, in: json))
        } else {
            writer.text(json.extracting(start..<place - 1))
        }
    }

    private mutating func number(_ json: Span<UInt8>, to writer: inout CBORWriter) {
        let start = place
        var plain: UInt64 = 0
        while place < json.count, json[place] &- UInt8(ascii: "0") < 10, place - start < 19 {
            plain = plain * 10 + UInt64(json[place] - UInt8(ascii: "0"))
            place += 1
        }
        // Nearly all are this: at most 19 digits and nothing else, which always fits.
        guard place < json.count, Self.isOfNumber(json[place]) else { return writer.head(.unsigned, plain) }
        while place < json.count, Self.isOfNumber(json[place]) { place += 1 }
        let text = JSONScanner.text(start..<place, isEscaped: false, in: json)
        if let number = UInt64(text) {
            writer.head(.unsigned, number)
        } else if let number = Int64(text) {
            writer.head(.negative, UInt64(-1 - number))
        } else {
            writer.double(Double(text) ?? 0)
        }
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }
}
