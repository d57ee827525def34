import Messaging

/// Where the sessions of an edge that goes away are sent: to the other live edges, so that in the end these hold equally many as far as that can be had.
struct MoveTargets: Sendable, Equatable {
    /// An edge and the share of the sessions up to and with it, of 0 to 1. Without a URL it is reached as its clients always do.
    struct Share: Sendable, Equatable {
        let url: String?
        let upTo: Double
    }

    /// Ascending. Empty when there is no other edge to go to.
    let shares: [Share]

    /// Nobody knows where: clients connect as they always do.
    static let unknown = MoveTargets(shares: [Share(url: nil, upTo: 1)])

    private init(shares: [Share]) { self.shares = shares }

    /// - Parameters:
    ///   - records: the live edges, by id.
    ///   - own: the id of the edge that goes away.
    ///   - leaving: how many sessions it has.
    init(among records: [String: EdgeRecord], own: String, leaving: Int) {
        let others = records.filter { $0.key != own && !$0.value.draining }
            .sorted { ($0.value.sessions, $0.key) < ($1.value.sessions, $1.key) }
        guard !others.isEmpty else {
            shares = []
            return
        }
        let level = Self.level(others.map { Double($0.value.sessions) }, adding: Double(max(1, leaving)))
        let quotas = others.map { max(0, level - Double($0.value.sessions)) }
        let total = quotas.reduce(0, +)
        var sum = 0.0
        var shares: [Share] = []
        for (other, quota) in zip(others, quotas) where quota > 0 {
            sum += quota
            shares.append(Share(url: other.value.url.isEmpty ? nil : other.value.url, upTo: sum / total))
        }
        self.shares = shares
    }

    /// To what number the emptiest are filled, as water fills vessels, when `adding` is poured over them.
    private static func level(_ held: [Double], adding: Double) -> Double {
        var sum = adding
        for (count, sessions) in held.enumerated() {
            // With those before it filled to here, is anything left for it?
            if count > 0, sum <= sessions * Double(count) { return sum / Double(count) }
            sum += sessions
        }
        return sum / Double(held.count)
    }

    /// Whether there is no other edge.
    var isEmpty: Bool { shares.isEmpty }

    /// Where to send a session; `random` in 0..<1 draws it by the shares.
    func url(_ random: Double) -> String? {
        var low = 0
        var high = shares.count - 1
        while low < high {
            let middle = (low + high) / 2
            if random < shares[middle].upTo { high = middle } else { low = middle + 1 }
        }
        return shares.isEmpty ? nil : shares[low].url
    }
}
