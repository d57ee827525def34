/// What a partition's reader has noted of who has a conversation with whom, so that only the first message of a pair, or in a group, costs something.
///
/// A pure machine. What it remembers is bounded in two generations: when the young one is full it becomes the old one. What is forgotten is noted once more, which is harmless. It is remembered
/// only when Redis has it, and all of it is forgotten when Redis has another timeline, and so perhaps an older state.
struct ContactBook {
    /// Something to be noted.
    enum Note: Hashable, Sendable {
        /// Two users have a direct conversation.
        case pair(String, String)
        /// The members of a group, which may have been made by a router that noted nothing.
        case group(String)
    }

    private let capacity: Int
    private var young: Set<Note> = []
    private var old: Set<Note> = []
    private var timeline: String?
    /// What is to be noted by the batch under way.
    private(set) var open: Set<Note> = []

    init(capacity: Int = 20_000) { self.capacity = capacity }

    /// A batch begins: what an earlier one left open comes again with it.
    mutating func begin(timeline: String?) {
        open = []
        guard timeline != self.timeline else { return }
        self.timeline = timeline
        young = []
        old = []
    }

    /// There is a message for this.
    mutating func meet(_ note: Note) {
        guard !young.contains(note) else { return }
        guard !old.contains(note) else { return remember(note) }
        open.insert(note)
    }

    /// What was noted of a user is to be noted again, if there is reason to: Redis has it no more.
    mutating func forget(_ user: String) {
        func isOf(_ note: Note) -> Bool {
            guard case .pair(let one, let other) = note else { return false }
            return one == user || other == user
        }
        young = young.filter { !isOf($0) }
        old = old.filter { !isOf($0) }
        open = open.filter { !isOf($0) }
    }

    /// Redis has what was open.
    mutating func noted() {
        for note in open { remember(note) }
        open = []
    }

    private mutating func remember(_ note: Note) {
        if young.count >= capacity {
            old = young
            young = []
        }
        young.insert(note)
    }
}
