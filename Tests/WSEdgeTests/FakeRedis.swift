import Messaging
import Synchronization

@testable import RedisStreams
@testable import WSEdge

/// Stands in for Redis: keeps what it is asked, and answers at once or when told to.
final class FakeRedis: Sendable {
    private struct State {
        var commands: [[String]] = []
        var waiting: [([[String]], RedisLink.Completion)] = []
        var isConnected = true
        var holdsBack = false
        var last: UInt64 = 100
        var answers: [String: RedisValue] = [:]
    }

    private let state = Mutex(State())

    var link: RedisLink {
        RedisLink(
            isConnected: { [self] in state.withLock { $0.isConnected } },
            send: { [self] commands, completion in receive(commands.map(Self.words), completion) })
    }

    /// The commands so far, each by its name (of the script, for scripts) and arguments; without what every edge asks about the topic `all`.
    var commands: [[String]] {
        state.withLock { $0.commands.filter { $0.count < 2 || !$0[1].contains("{t:all}") } }
    }

    func commands(_ name: String) -> [[String]] { commands.filter { $0[0] == name } }

    var isConnected: Bool {
        get { state.withLock { $0.isConnected } }
        set { state.withLock { $0.isConnected = newValue } }
    }

    /// Answers this command so from now on.
    func answers(_ name: String, with value: RedisValue) { state.withLock { $0.answers[name] = Self.bulk(value) } }

    /// Answers nothing until ``answer()``.
    func holdBack() { state.withLock { $0.holdsBack = true } }

    /// Answers all that waits, and what comes from now on.
    func answer() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.holdsBack = false
            return state.waiting
        }
        for (commands, completion) in waiting { completion(commands.map(reply)) }
    }

    private func receive(_ commands: [[String]], _ completion: @escaping RedisLink.Completion) {
        let waits = state.withLock { state in
            state.commands += commands
            if state.holdsBack { state.waiting.append((commands, completion)) }
            return state.holdsBack
        }
        if !waits { completion(commands.map(reply)) }
    }

    private func reply(_ command: [String]) -> Result<RedisValue, RedisError> {
        let reply: Result<RedisValue, RedisError> = state.withLock { state in
            guard state.isConnected else { return .failure(RedisError(.disconnected, "there is no link")) }
            if let answer = state.answers[command[0]] { return .success(answer) }
            switch command[0] {
            case "register":
                return .success(
                    .array([.status("registered"), .status("5-0"), .integer(0), .status("5-0"), .array([])]))
            case "announce": return .success(.status("announced"))
            case "publish":
                state.last += 1
                return .success(.status("accepted \(state.last)-0"))
            case "read_feed": return .success(.array([.status("0-0"), .integer(0), .array([])]))
            case "renew_feed": return .success(.status("0-0"))
            case "claim_sockjs": return .success(command[3] == "0" ? .null : .status(command[2]))
            case "HMGET": return .success(.array([.null, .null]))
            case "XRANGE", "HGETALL": return .success(.array([]))
            default: return .success(.integer(1))
            }
        }
        return reply.map(Self.bulk)
    }

    /// Texts as scripts and data come: in bulk.
    private static func bulk(_ value: RedisValue) -> RedisValue {
        switch value {
        case .status(let text): .bytes(Array(text.utf8))
        case .array(let elements): .array(elements.map(bulk))
        default: value
        }
    }

    /// A command's words; a script's digest is replaced by its name, the number of keys is left out.
    private static func words(_ command: RedisCommand) -> [String] {
        var rest = command.bytes[...]
        func line() -> String {
            let end = rest.firstIndex(of: UInt8(ascii: "\r")) ?? rest.endIndex
            defer { rest = rest[(end + 2)...] }
            return String(decoding: rest[..<end], as: UTF8.self)
        }
        var words: [String] = []
        for _ in 0..<(Int(line().dropFirst()) ?? 0) {
            let length = Int(line().dropFirst()) ?? 0
            words.append(String(decoding: rest.prefix(length), as: UTF8.self))
            rest = rest.dropFirst(length + 2)
        }
        guard words.first == "EVALSHA" else { return words }
        let scripts = [
            RedisScript.register.digest: "register", RedisScript.unregister.digest: "unregister",
            RedisScript.publish.digest: "publish", RedisScript.acknowledge.digest: "acknowledge",
            RedisScript.announce.digest: "announce", RedisScript.readFeed.digest: "read_feed",
            RedisScript.renewFeed.digest: "renew_feed",
            RedisScript.claimSockJS.digest: "claim_sockjs", RedisScript.releaseSockJS.digest: "release_sockjs",
            RedisScript.presenceInterest.digest: "presence_interest",
        ]
        return [scripts[words[1]] ?? words[1]] + words.dropFirst(3)
    }
}
