import Messaging

/// Writes a JSON value as CBOR. Only for JSON of our own, or that has passed the scanner: of its grammar nothing is checked.
struct JSONValueWriter {
    private var place: Int

    init(start: Int) { place = start }

    mutating func write(_ json: Span<UInt8>, to writer: inout CBORWriter) {
        skipBlanks(json)
        switch json[place] {
        case UInt8(ascii: "\""): writer.text(string(json))
        case UInt8(ascii: "{"):
            writer.raw(CBORWriter.beginMap)
            container(json, end: UInt8(ascii: "}")) { (self: inout Self) in
                writer.text(self.string(json))
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
        while place < json.count, [0x20, 0x09, 0x0a, 0x0d].contains(json[place]) { place += 1 }
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

    private mutating func string(_ json: Span<UInt8>) -> String {
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
        return JSONScanner.text(start..<place - 1, isEscaped: isEscaped, in: json)
    }

    private mutating func number(_ json: Span<UInt8>, to writer: inout CBORWriter) {
        let start = place
        while place < json.count, "+-.eE0123456789".utf8.contains(json[place]) { place += 1 }
        let text = JSONScanner.text(start..<place, isEscaped: false, in: json)
        if let number = UInt64(text) {
            writer.head(.unsigned, number)
        } else if let number = Int64(text) {
            writer.head(.negative, UInt64(-1 - number))
        } else {
            writer.double(Double(text) ?? 0)
        }
    }
}
