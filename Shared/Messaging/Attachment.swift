/// What a message says it comes with: where a file is, and what it is. Storing files is the application's; here it is data that was checked.
public struct Attachment: Hashable, Sendable {
    /// Where it can be fetched: an `http` or `https` URL (RFC 3986), at most ``maximumURL`` bytes.
    public var url: String
    /// Its media type, such as `image/png`: two names as in RFC 6838, section 4.2, without parameters.
    public var type: String
    /// Its size in bytes, up to 2^53 − 1.
    public var size: UInt64
    /// The name of the file, at most ``maximumName`` bytes, without control characters and slashes.
    public var name: String

    /// The most of one message.
    public static let maximumCount = 16
    /// The longest URL, in bytes.
    public static let maximumURL = 2048
    /// The longest name, in bytes.
    public static let maximumName = 255

    /// An attachment of its parts.
    public init(url: String, type: String, size: UInt64, name: String) {
        self.url = url
        self.type = type
        self.size = size
        self.name = name
    }

    /// Reads the array of attachments at `range` of JSON that has passed ``JSONScanner``, and gives it in its own form: the four members of each in one
    /// order, and nothing else that a client may have written there. An empty array gives nothing.
    /// - Throws: ``MessagingError`` `badFrame`, naming the field, such as `attachments[2].url`.
    public static func list(_ range: Range<Int>, in bytes: Span<UInt8>) throws(MessagingError) -> [UInt8] {
        let items = try elements(bytes.extracting(range))
        guard items.count <= maximumCount else {
            throw MessagingError(.badFrame, "field 'attachments' has more than \(maximumCount) entries: leave some out")
        }
        var attachments: [Attachment] = []
        for (place, item) in items.enumerated() {
            attachments.append(try Attachment(bytes.extracting(range).extracting(item), "attachments[\(place)]"))
        }
        return json(attachments)
    }

    /// A list of attachments as JSON; nothing for none.
    public static func json(_ attachments: [Attachment]) -> [UInt8] {
        guard !attachments.isEmpty else { return [] }
        var json = FrameWriter("[")
        for (place, attachment) in attachments.enumerated() {
            json.write(place == 0 ? "{\"url\":" : ",{\"url\":")
            json.writeEscaped(attachment.url)
            json.write(",\"type\":")
            json.writeEscaped(attachment.type)
            json.write(",\"size\":")
            json.write(attachment.size)
            json.write(",\"name\":")
            json.writeEscaped(attachment.name)
            json.write("}")
        }
        json.write("]")
        return json.bytes
    }

    private static let rule =
        "field 'attachments' must be an array of objects with the fields url, type, size and name"

    /// The places of the objects of an array; anything else in it is refused.
    private static func elements(_ array: Span<UInt8>) throws(MessagingError) -> [Range<Int>] {
        guard array.count >= 2, array[0] == UInt8(ascii: "[") else { throw MessagingError(.badFrame, rule) }
        var elements: [Range<Int>] = []
        var start = 0
        var depth = 0
        var place = 1
        var isInText = false
        while place < array.count - 1 {
            let byte = array[place]
            if isInText {
                if byte == UInt8(ascii: "\\") { place += 1 }
                if byte == UInt8(ascii: "\"") { isInText = false }
            } else {
                switch byte {
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    if depth == 0 {
                        guard byte == UInt8(ascii: "{") else { throw MessagingError(.badFrame, rule) }
                        start = place
                    }
                    depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if depth == 0 { elements.append(start..<place + 1) }
                case 0x20, 0x09, 0x0a, 0x0d, UInt8(ascii: ","): break
                default:
                    guard depth > 0 else { throw MessagingError(.badFrame, rule) }
                    isInText = byte == UInt8(ascii: "\"")
                }
            }
            place += 1
        }
        return elements
    }
}

extension Attachment {
    /// Reads one object, which is called `name` in errors.
    private init(_ bytes: Span<UInt8>, _ field: String) throws(MessagingError) {
        var url: String?
        var type: String?
        var name: String?
        var size: UInt64?
        var scanner = JSONScanner()
        do {
            while let member = try scanner.next(in: bytes) {
                let isText = member.kind == .string
                let text = { (bytes: Span<UInt8>) in
                    JSONScanner.text(
                        member.value.lowerBound + 1..<member.value.upperBound - 1, isEscaped: member.isValueEscaped,
                        in: bytes)
                }
                switch JSONScanner.text(member.key, isEscaped: member.isKeyEscaped, in: bytes) {
                case "url": url = isText ? text(bytes) : nil
                case "type": type = isText ? text(bytes) : nil
                case "name": name = isText ? text(bytes) : nil
                case "size": size = Self.size(member.value, bytes)
                default: break
                }
            }
        } catch {
            throw MessagingError(.badFrame, "field '\(field)' is not valid JSON: \(error)")
        }
        guard let url, Self.isURL(url) else {
            throw MessagingError(
                .badFrame,
                "field '\(field).url' must be an http or https URL of at most \(Self.maximumURL) bytes, with what is not ASCII in percent encoding"
            )
        }
        guard let type, Self.isMediaType(type) else {
            throw MessagingError(
                .badFrame, "field '\(field).type' must be a media type without parameters, such as image/png")
        }
        guard let size else {
            throw MessagingError(
                .badFrame, "field '\(field).size' must be an integer from 0 to \(ClientFrame.maximumN), in bytes")
        }
        guard let name, Self.isName(name) else {
            throw MessagingError(
                .badFrame,
                "field '\(field).name' must be 1 to \(Self.maximumName) bytes without control characters and slashes")
        }
        self.init(url: url, type: type, size: size, name: name)
    }

    /// An integer; to JSON `5.0` is one as well.
    private static func size(_ range: Range<Int>, _ bytes: Span<UInt8>) -> UInt64? {
        var end = range.upperBound
        while end > range.lowerBound, bytes[end - 1] == UInt8(ascii: "0") { end -= 1 }
        let isFraction = end > range.lowerBound && end < range.upperBound && bytes[end - 1] == UInt8(ascii: ".")
        return ClientFrameFields.counter(range.lowerBound..<(isFraction ? end - 1 : range.upperBound), bytes)
    }

    /// Scheme, host, and only characters that may stand in a URL (RFC 3986, section 2).
    private static func isURL(_ text: String) -> Bool {
        guard text.utf8.count <= maximumURL, let separator = text.firstRange(ofASCII: "://") else { return false }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return false }
        let host = text[separator.upperBound...].utf8.prefix { !"/?#".utf8.contains($0) }
        guard host.contains(where: { isAlphanumeric($0) }) else { return false }
        return text.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"\"<>\\^`{|}".utf8.contains($0) }
    }

    private static func isMediaType(_ text: String) -> Bool {
        let names = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return names.count == 2
            && names.allSatisfy { name in
                (1...127).contains(name.count) && name.first.map(isAlphanumeric) == true
                    && name.allSatisfy { isAlphanumeric($0) || "!#$&-^_.+".utf8.contains($0) }
            }
    }

    private static func isName(_ text: String) -> Bool {
        (1...maximumName).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) && $0 != "/" && $0 != "\\"
            }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}

extension String {
    /// Where an ASCII text begins and ends in this one, the first time.
    fileprivate func firstRange(ofASCII text: StaticString) -> Range<Index>? {
        let wanted = Array("\(text)".utf8)
        var place = startIndex
        while place < endIndex {
            if utf8[place...].starts(with: wanted) { return place..<utf8.index(place, offsetBy: wanted.count) }
            place = utf8.index(after: place)
        }
        return nil
    }
}
