extension EdgeBatch {
    /// A user's id in 64 bits, so that who is meant can be looked up before the id is read: FNV-1a of its UTF-8.
    ///
    /// Two users can have the same one, so whoever is let through by it is only probably meant.
    /// Source: http://www.isthe.com/chongo/tech/comp/fnv/
    public static func fingerprint(of user: String) -> UInt64 {
        var hash = fingerprintSeed
        for byte in user.utf8 { hash = fingerprint(hash, byte) }
        return hash
    }

    static let fingerprintSeed: UInt64 = 0xcbf2_9ce4_8422_2325
    static func fingerprint(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

    /// Reads the binary form, of which most may be for others: recipients who are not here are left out before anything is made of them, and so are
    /// items without any other.
    /// - Parameters:
    ///   - isHere: whether somebody with this ``fingerprint(of:)`` is here.
    ///   - absent: gets the users left out; what is nil stays nil.
    /// - Returns: how many items there were in all.
    /// - Throws: ``MessagingError`` `badEntry` when it is truncated, malformed or of a version not known here.
    @discardableResult
    public mutating func read(
        _ bytes: [UInt8], where isHere: (UInt64) -> Bool, absent: inout [String]?
    ) throws(MessagingError) -> Int {
        var reader = try Self.start(bytes)
        var count = 0
        while !reader.isAtEnd {
            count += 1
            if let found = try Self.item(from: &reader, where: isHere, absent: &absent) { add(found) }
        }
        return count
    }

    private static func item(
        from reader: inout ByteReader, where isHere: (UInt64) -> Bool, absent: inout [String]?
    ) throws(MessagingError) -> Found? {
        let start = reader
        switch try reader.byte() {
        case 1:
            try skipMessage(&reader)
            let recipients = try recipients(from: &reader, where: isHere, absent: &absent)
            guard !recipients.isEmpty else { return nil }
            var header = start
            _ = try header.byte()
            var message = try message(from: &header)
            message.recipients = recipients
            return .item(.message(message))
        case 2:
            let user = try user(from: &reader, where: isHere, absent: &absent)
            let cursor = try reader.id()
            return user.map { .item(.look(user: $0, cursor: cursor)) }
        case 3:
            try skipSignal(&reader)
            // One without users is for all who hear a feed.
            var ahead = reader
            let isForFeed = try ahead.count() == 0
            let users = try users(from: &reader, where: isHere, absent: &absent)
            guard isForFeed || !users.isEmpty else { return nil }
            var header = start
            _ = try header.byte()
            return .item(
                .signal(
                    from: try header.text(), device: try header.text(), to: try header.text(),
                    at: Int64(clamping: try header.number()), data: try header.data(), users: users))
        case 4:
            for _ in 0..<3 { try reader.skip() }
            try reader.skipID()
            let users = try users(from: &reader, where: isHere, absent: &absent)
            guard !users.isEmpty else { return nil }
            var header = start
            _ = try header.byte()
            return .item(
                .read(
                    conversation: try header.text(), user: try header.text(), device: try header.text(),
                    id: try header.id(), users: users))
        case Kind.richMessage.rawValue:
            var body = try reader.body()
            var header = body
            try skipMessage(&body)
            for _ in 0..<2 { try body.skip() }
            let recipients = try recipients(from: &body, where: isHere, absent: &absent)
            guard !recipients.isEmpty else { return nil }
            var message = try richMessage(from: &header)
            message.recipients = recipients
            return .item(.message(message))
        default:
            reader = start
            return try item(from: &reader)
        }
    }

    private static func skipMessage(_ reader: inout ByteReader) throws(MessagingError) {
        try reader.skipID()
        for _ in 0..<4 { try reader.skip() }
    }

    private static func skipSignal(_ reader: inout ByteReader) throws(MessagingError) {
        for _ in 0..<3 { try reader.skip() }
        _ = try reader.number()
        try reader.skip()
    }

    private static func recipients(
        from reader: inout ByteReader, where isHere: (UInt64) -> Bool, absent: inout [String]?
    ) throws(MessagingError) -> [Recipient] {
        var recipients: [Recipient] = []
        for _ in 0..<(try reader.count()) {
            if let user = try user(from: &reader, where: isHere, absent: &absent) {
                recipients.append(Recipient(user: user, cursor: try reader.id(), previous: try reader.id()))
            } else {
                try reader.skipID()
                try reader.skipID()
            }
        }
        return recipients
    }

    private static func users(
        from reader: inout ByteReader, where isHere: (UInt64) -> Bool, absent: inout [String]?
    ) throws(MessagingError) -> [String] {
        var users: [String] = []
        for _ in 0..<(try reader.count()) {
            if let user = try user(from: &reader, where: isHere, absent: &absent) { users.append(user) }
        }
        return users
    }

    /// The next text if it is a user who is here.
    private static func user(
        from reader: inout ByteReader, where isHere: (UInt64) -> Bool, absent: inout [String]?
    ) throws(MessagingError) -> String? {
        let start = reader
        let isHere = isHere(try reader.fingerprint())
        guard isHere || absent != nil else { return nil }
        var text = start
        let user = try text.text()
        if !isHere { absent?.append(user) }
        return isHere ? user : nil
    }
}
