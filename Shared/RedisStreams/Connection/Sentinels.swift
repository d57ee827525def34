internal import Synchronization

/// The sentinels that watch over a Redis and know which server is its master now.
///
/// Asked at every connect: the one that answered last first, each for a short time only.
/// Source: https://redis.io/docs/latest/develop/reference/sentinel-clients/
public final class Sentinels: Sendable {
    /// Host and port of a server.
    struct Address: Hashable, Sendable, CustomStringConvertible {
        var host: String
        var port: Int

        var description: String { "\(host):\(port)" }
    }

    /// How long connecting to a sentinel, and its answer, may take.
    static let patience = Duration.milliseconds(500)
    static let defaultPort = 26_379

    /// The name under which the sentinels know the master.
    let master: String
    /// In the order in which they are asked.
    private let order: Mutex<[Address]>

    /// The sentinels at these addresses.
    /// - Throws: ``RedisError`` `configuration` when only one of the two settings is there, or an address is none.
    /// - Returns: nil when neither is set.
    init?(_ addresses: [String], master: String?) throws(RedisError) {
        guard !addresses.isEmpty || master != nil else { return nil }
        guard !addresses.isEmpty else {
            throw RedisError(
                .configuration,
                "REDIS_SENTINEL_MASTER is set and REDIS_SENTINELS is not: name the sentinels as host:port, separated by commas, or take both away"
            )
        }
        guard let master else {
            throw RedisError(
                .configuration,
                "REDIS_SENTINELS is set and REDIS_SENTINEL_MASTER is not: give the name that `sentinel monitor` gives the master, or take both away"
            )
        }
        self.master = master
        var parsed: [Address] = []
        for text in addresses { parsed.append(try Self.address(text)) }
        order = Mutex(parsed)
    }

    private static func address(_ text: String) throws(RedisError) -> Address {
        let isBare = text.hasSuffix("]") || !text.contains(":")
        let port = isBare ? defaultPort : text.split(separator: ":").last.flatMap { Int($0) } ?? 0
        var host = isBare ? text[...] : text.prefix(text.count - String(port).count - 1)
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard (1...65_535).contains(port), !host.isEmpty, !host.contains("/"), !host.contains("@") else {
            throw RedisError(
                .configuration,
                "REDIS_SENTINELS has \"\(text)\", which is no address: give host:port, separated by commas")
        }
        return Address(host: String(host), port: port)
    }

    /// The master's address, from the first sentinel that knows it. Where sentinels ask for a password, Redis' user and password are given.
    func find(_ configuration: RedisConfiguration) throws(RedisError) -> Address {
        var reasons: [String] = []
        for sentinel in order.withLock({ $0 }) {
            do throws(RedisError) {
                let found = try ask(sentinel, configuration)
                order.withLock { order in
                    order.removeAll { $0 == sentinel }
                    order.insert(sentinel, at: 0)
                }
                return found
            } catch {
                reasons.append("\(sentinel): \(error)")
            }
        }
        throw RedisError(
            .disconnected, "no sentinel tells where the master \"\(master)\" is (\(reasons.joined(separator: "; ")))")
    }

    private func ask(_ sentinel: Address, _ configuration: RedisConfiguration) throws(RedisError) -> Address {
        let link = try HiredisLink.open(sentinel, connectTimeout: Self.patience, replyTimeout: Self.patience)
        let question = RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", .text(master))
        let answer: RedisValue
        do throws(RedisError) {
            answer = try link.call(question)
        } catch {
            guard error.code == .server("NOAUTH") else { throw error }
            try link.authenticate(configuration)
            answer = try link.call(question)
        }
        guard let parts = answer.array, parts.count == 2, let host = parts[0].string, let port = parts[1].int else {
            throw RedisError(.disconnected, "it knows no master of that name")
        }
        return Address(host: host, port: Int(port))
    }
}
