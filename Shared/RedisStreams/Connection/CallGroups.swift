/// The commands of a round on their way over a link: calls of one script that follow each other go as one, which costs Redis and us less than each by itself,
/// and their replies come back as one.
struct CallGroups {
    typealias Reply = Result<RedisValue, RedisError>

    /// The most calls that go as one. Redis does nothing else meanwhile, half a millisecond about.
    static let most = 32
    /// The most bytes of them.
    static let mostBytes = 1 << 18

    /// Commands that wait for others of their kind.
    private var open: [RedisCommand] = []
    private var bytes = 0
    /// How many commands each reply that is to come answers.
    private var counts: [Int] = []
    private var next = 0
    /// The replies of the group that came last, and how many of them have been given.
    private var replies: [Reply] = []
    private var given = 0

    // MARK: Sending

    /// Puts a command behind the others.
    mutating func append(_ command: RedisCommand, to link: borrowing HiredisLink) throws(RedisError) {
        if let first = open.first, !fits(command, first) { try close(link) }
        open.append(command)
        bytes += command.bytes.count
        if command.parts == nil { try close(link) }
    }

    /// Nothing more comes.
    mutating func close(_ link: borrowing HiredisLink) throws(RedisError) {
        guard let first = open.first else { return }
        if open.count > 1, let many = first.parts?.many {
            try link.append(RedisCommand(calls: open, of: many))
        } else {
            try link.append(first)
        }
        counts.append(open.count)
        open.removeAll(keepingCapacity: true)
        bytes = 0
    }

    private func fits(_ command: RedisCommand, _ first: RedisCommand) -> Bool {
        guard let parts = command.parts, let others = first.parts else { return false }
        return parts.many === others.many && parts.keyCount == others.keyCount && open.count < Self.most
            && bytes + command.bytes.count <= Self.mostBytes
    }

    // MARK: Receiving

    /// The reply to the next command, in the order in which they were put. Throws when the link breaks.
    mutating func reply(from link: borrowing HiredisLink) throws(RedisError) -> Reply {
        if given == replies.count {
            let count = counts[next]
            let reply = try link.reply()
            next += 1
            guard count > 1 else { return reply }
            replies = Self.split(reply, count)
            given = 0
        }
        defer { given += 1 }
        return replies[given]
    }

    /// The reply to each of `count` calls, from that to all of them.
    static func split(_ reply: Reply, _ count: Int) -> [Reply] {
        guard case .success(let value) = reply else { return Array(repeating: reply, count: count) }
        guard let elements = value.array, elements.count == count else {
            return Array(repeating: .failure(.unexpectedReply("a call of several")), count: count)
        }
        return elements.map { element in
            if case .error(let text) = element { .failure(.server(text)) } else { .success(element) }
        }
    }
}
