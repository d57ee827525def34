/// One element of `Sec-WebSocket-Extensions`.
/// Source: https://www.rfc-editor.org/rfc/rfc6455#section-9.1
struct ExtensionOffer: Hashable {
    struct Parameter: Hashable {
        var name: String
        var value: String?
    }

    var name: String
    var parameters: [Parameter] = []

    /// The elements that are written as they should be; others are left out, as if they were of an unknown extension.
    static func all(in header: String) -> [ExtensionOffer] {
        header.utf8.split(separator: UInt8(ascii: ",")).compactMap { element in
            let parts = element.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            guard let first = parts.first, let name = token(first) else { return nil }
            var offer = ExtensionOffer(name: name)
            for part in parts.dropFirst() {
                guard let parameter = parameter(part) else { return nil }
                offer.parameters.append(parameter)
            }
            return offer
        }
    }

    private static func parameter(_ text: Substring.UTF8View) -> Parameter? {
        let sides = text.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = sides.first, let name = token(first) else { return nil }
        guard sides.count == 2 else { return Parameter(name: name) }
        var value = trimmed(sides[1])
        // A quoted string may hold only what a token may.
        if value.count >= 2, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"") {
            value = value.dropFirst().dropLast()
        }
        guard let value = token(value) else { return nil }
        return Parameter(name: name, value: value)
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text = text.dropLast() }
        return text
    }

    /// Lower case, since names of extensions are compared so by most.
    /// Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
    private static func token(_ text: Substring.UTF8View) -> String? {
        let text = trimmed(text)
        let isToken = text.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
        return isToken && !text.isEmpty ? String(Substring(text)).lowercased() : nil
    }
}
