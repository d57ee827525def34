/// Who has which connection of a pool, and who waits for one. Pure: the pool does what it says.
struct PoolStateMachine {
    /// What a caller who asks for a connection is to do.
    enum Lease: Equatable {
        /// Use this one.
        case use(Int)
        /// Make this one, and use it.
        case make(Int)
        /// Wait in line: ``Release/hand(_:to:)`` will name you.
        case wait
        case refuse(PostgresError.Code)
    }

    /// What to do with a connection that came back.
    enum Release: Equatable {
        case keep
        case hand(Int, to: UInt64)
        /// The pool is closed: let it go.
        case close(Int)
    }

    private let size: Int
    private let waitersAllowed: Int
    private var made = 0
    /// The last one back is the first to go out again, so that in quiet times few are in use.
    private var idle: [Int] = []
    private var waiters: [UInt64] = []
    private(set) var isClosed = false

    init(size: Int, waitersAllowed: Int) {
        self.size = size
        self.waitersAllowed = waitersAllowed
    }

    /// How many are in use.
    var leased: Int { made - idle.count }

    /// How many callers wait.
    var waiting: Int { waiters.count }

    /// A caller asks; without a name (`waiter`) it is not put in line, and is to come again with one.
    mutating func lease(for waiter: UInt64?) -> Lease {
        if isClosed { return .refuse(.closed) }
        if let index = idle.popLast() { return .use(index) }
        if made < size {
            made += 1
            return .make(made - 1)
        }
        guard waiters.count < waitersAllowed else { return .refuse(.overloaded) }
        if let waiter { waiters.append(waiter) }
        return .wait
    }

    mutating func release(_ index: Int) -> Release {
        if isClosed {
            made -= 1
            return .close(index)
        }
        if !waiters.isEmpty { return .hand(index, to: waiters.removeFirst()) }
        idle.append(index)
        return .keep
    }

    /// A waiter gives up; false when it has a connection already and must use it or give it back.
    mutating func abandon(_ waiter: UInt64) -> Bool {
        guard let place = waiters.firstIndex(of: waiter) else { return false }
        waiters.remove(at: place)
        return true
    }

    /// Nobody gets a connection any more. Gives those to close now and those who wait in vain; the others close when they come back.
    mutating func close() -> (idle: [Int], waiters: [UInt64]) {
        isClosed = true
        defer {
            made -= idle.count
            idle = []
            waiters = []
        }
        return (idle, waiters)
    }
}
