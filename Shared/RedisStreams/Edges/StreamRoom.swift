/// How many entries a stream may keep, so that it takes no more than so many bytes: as many of the latest as fit together.
///
/// A pure machine. It knows the entries of one writer. With several writers to a stream, who write much the same, each comes to much the same number; and as
/// long as a writer has not written enough to know, the average of what it has written has to do.
struct StreamRoom {
    /// What Redis keeps for an entry besides its data, about.
    static let overhead = 64

    private let bytes: Int
    private let entries: Int
    /// The sizes from `first` on are those that fit together; the others are cleared away now and then.
    private var sizes: [Int] = []
    private var first = 0
    private var total = 0
    /// Whether there was more than fits.
    private var isFull = false

    /// Room for `bytes`, and for no more than `entries` however small they are.
    init(bytes: Int, entries: Int) {
        self.bytes = bytes
        self.entries = entries
    }

    /// An entry of `size` bytes is to be written: how many, with this one, may be there then. At least 1.
    mutating func add(_ size: Int) -> Int {
        sizes.append(size + Self.overhead)
        total += size + Self.overhead
        while count > 1, total > bytes || count > entries {
            isFull = true
            total -= sizes[first]
            first += 1
        }
        if first > entries {
            sizes.removeFirst(first)
            first = 0
        }
        return isFull ? count : max(1, min(entries, bytes / (total / count)))
    }

    private var count: Int { sizes.count - first }
}
