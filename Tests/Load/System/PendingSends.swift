/// The sends of one client that have not been answered, by their `n`. It grows with them, so none is forgotten, however long a stall is.
struct PendingSends {
    struct Send: Equatable {
        /// From 1.
        var n: UInt64
        /// When it was to be sent.
        var time: UInt64
        var stream: UInt32
        var number: UInt32
    }

    /// By the lowest bits of `n`. Twice as many places keep apart what was apart before.
    private var places: [Send?] = []
    private(set) var count = 0

    mutating func add(_ send: Send) {
        if places.isEmpty { places = Array(repeating: nil, count: 8) }
        while places[Int(send.n) & (places.count - 1)] != nil { grow() }
        places[Int(send.n) & (places.count - 1)] = send
        count += 1
    }

    /// Takes out what `n` was; nil for one that is not waited for.
    mutating func take(_ n: UInt64) -> Send? {
        guard !places.isEmpty, let send = places[Int(n) & (places.count - 1)], send.n == n else { return nil }
        places[Int(n) & (places.count - 1)] = nil
        count -= 1
        return send
    }

    private mutating func grow() {
        var larger = [Send?](repeating: nil, count: places.count * 2)
        for case .some(let send) in places { larger[Int(send.n) & (larger.count - 1)] = send }
        places = larger
    }
}
