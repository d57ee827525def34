extension ClientFrameFields {
    /// The list of users of `watch` and `unwatch`, each once, in the order given.
    func users(_ bytes: Span<UInt8>) throws(MessagingError) -> [String] {
        let rule =
            "field 'users' must be an array of 1 to \(ClientFrame.maximumUsers) user ids, each \(Identifier.rule)"
        guard let range = array(.users) else { throw error(rule) }
        // Checked JSON, of which only strings without escapes are taken: an id needs none.
        var users: [String] = []
        var seen: Set<String> = []
        var place = range.lowerBound + 1
        let end = range.upperBound - 1
        var count = 0
        while true {
            while place < end, Self.isBlank(bytes[place]) { place += 1 }
            guard place < end else { break }
            guard bytes[place] == UInt8(ascii: "\"") else { throw error(rule) }
            let start = place + 1
            place = start
            while place < end, bytes[place] != UInt8(ascii: "\"") { place += 1 }
            let user = JSONScanner.text(start..<place, isEscaped: false, in: bytes)
            guard Identifier.isValid(user) else { throw error(rule) }
            count += 1
            guard count <= ClientFrame.maximumUsers else {
                throw error(
                    "field 'users' has more than \(ClientFrame.maximumUsers) entries: give the rest in another frame")
            }
            if seen.insert(user).inserted { users.append(user) }
            place += 1
            while place < end, Self.isBlank(bytes[place]) || bytes[place] == UInt8(ascii: ",") { place += 1 }
        }
        guard !users.isEmpty else { throw error(rule) }
        return users
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
    }
}
