package import Messaging
package import RedisStreams

extension RedisConnection {
    /// The sorted elements of an array reply, as text.
    package func texts(_ name: String, _ arguments: RedisArgument...) async throws -> [String] {
        try await execute(RedisCommand(name, arguments)).array?.compactMap(\.string).sorted() ?? []
    }

    /// The entries of a stream: ids and the value of one field.
    package func entries(_ key: String, _ field: String) async throws -> [(id: MessageID, value: [UInt8])] {
        let reply = try await execute(RedisCommand("XRANGE", .text(key), "-", "+"))
        return (reply.array ?? []).compactMap { entry in
            guard let parts = entry.array, let id = parts[0].data.flatMap({ MessageID(utf8: $0) }),
                let fields = parts[1].array, let place = fields.firstIndex(where: { $0.string == field }),
                let value = fields[place + 1].data
            else { return nil }
            return (id, value)
        }
    }

    /// What a user's inbox holds, oldest first.
    package func inbox(_ user: String, _ keys: Keys) async throws -> [InboxEntry] {
        try InboxPage.reply(await execute(InboxPage.command(keys: keys, user: user, after: .zero, count: 10_000)))
            .map(\.entry)
    }

    /// Redis' clock, in ms.
    package func now() async throws -> Int64 {
        let parts = try await execute(RedisCommand("TIME")).array ?? []
        guard parts.count == 2, let seconds = parts[0].int, let micros = parts[1].int else { return 0 }
        return seconds * 1000 + micros / 1000
    }
}
