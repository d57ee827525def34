/// The units that go over a link together, and what has been answered of them.
///
/// A unit is completed when it is answered, unless results are held until the replicas have them.
struct Round {
    typealias Results = [Result<RedisValue, RedisError>]

    private let units: [CommandQueue.Unit]
    private let holdsResults: Bool
    private var next = 0
    /// Answered, and not completed yet.
    private var held: [(unit: Int, results: Results)] = []
    /// Some script was not known to Redis, so its commands are to be sent once more.
    private(set) var lacksScripts = false

    init(_ units: [CommandQueue.Unit], holdsResults: Bool) {
        self.units = units
        self.holdsResults = holdsResults
    }

    /// How many replies the next unit takes; nil when all have been answered.
    var commandsOfNext: Int? { next < units.count ? units[next].commands.count : nil }

    /// The next unit has been answered.
    mutating func answered(_ results: Results) {
        let forgot = results.contains { $0.isForgotten }
        if forgot { lacksScripts = true }
        if forgot || holdsResults {
            held.append((next, results))
        } else {
            units[next].completion(results)
        }
        next += 1
    }

    /// The link broke within the next unit.
    mutating func broke(after results: Results, _ error: RedisError) {
        units[next].fail(from: results.count, results, error)
        next += 1
    }

    /// Calls once more what failed because Redis had forgotten the scripts (SCRIPT FLUSH), in the order in which it was sent.
    mutating func repeatForgotten(on link: borrowing HiredisLink) throws(RedisError) {
        for place in held.indices {
            for command in held[place].results.indices where held[place].results[command].isForgotten {
                try link.append(units[held[place].unit].commands[command])
                held[place].results[command] = try link.reply()
            }
        }
    }

    /// Completes what is held. `lack`: why successes do not count.
    mutating func complete(_ lack: RedisError?) {
        for (unit, results) in held {
            units[unit].completion(lack.map { lack in results.map { $0.flatMap { _ in .failure(lack) } } } ?? results)
        }
        held = []
    }

    /// The link broke: fails all that has not been completed. Of what was answered and is held it is not known whether replicas have it.
    mutating func fail(_ error: RedisError) {
        for (unit, results) in held {
            units[unit].completion(holdsResults ? results.map { $0.flatMap { _ in .failure(error) } } : results)
        }
        held = []
        while next < units.count {
            units[next].fail(from: 0, [], error)
            next += 1
        }
    }
}

extension Result<RedisValue, RedisError> {
    fileprivate var isForgotten: Bool {
        if case .failure(let error) = self { error.code == .server("NOSCRIPT") } else { false }
    }
}
