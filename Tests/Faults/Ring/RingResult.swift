/// What a join, leave or kill has shown.
struct RingResult: Codable, Sendable {
    var fault: String
    var sessions: Int
    var edges: Int
    /// Asking presence where a user belongs, in milliseconds, over HTTP.
    var locate = StormResult.Spread([])
    /// Sessions whose edge was to change: the joining edge's share, or those of the edge that goes.
    var due = 0
    /// Sessions that are on another edge than before.
    var moved = 0
    /// Of these, those that were not to move, or went elsewhere than they were to.
    var astray = 0
    /// Of those due, those that have not moved.
    var stayed = 0
    var movedWithoutBreak = 0
    var offline = StormResult.Spread([])
    /// From the fault to the first change of the ring, and to the last session that had come to rest; in seconds.
    var ringChanged = 0.0
    var settled = 0.0
    /// Versions of the ring before and after.
    var versions: [Int] = []
    /// Sessions on each edge after it.
    var spread: [String: Int] = [:]
    var before = StormResult.Spread([])
    var during = StormResult.Spread([])
    var sent = 0
    var delivered = 0
    /// What is not as promised, in words.
    var complaints: [String] = []

    init(fault: String, sessions: Int, edges: Int) {
        self.fault = fault
        self.sessions = sessions
        self.edges = edges
    }

    /// The fullest edge in relation to the mean.
    var highestLoad: Double {
        guard let most = spread.values.max(), sessions > 0 else { return 0 }
        return Double(most) * Double(spread.count) / Double(sessions)
    }

    /// Name and value of each line of the table.
    var lines: [(String, String)] {
        [
            ("locate", locate.text),
            ("due to move", "\(due) of \(sessions)"),
            ("moved", "\(moved) (astray \(astray), stayed \(stayed))"),
            ("moved without a break", "\(movedWithoutBreak)"),
            ("offline", offline.text),
            ("ring", "version \(versions.map(String.init).joined(separator: " → ")) after \(seconds(ringChanged))"),
            ("at rest after", seconds(settled)),
            (
                "spread",
                spread.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
                    + ", the fullest \(Double(Int(highestLoad * 100)) / 100) of the mean"
            ),
            ("delivery before", before.text),
            ("delivery meanwhile", during.text),
            ("delivered", "\(delivered) of \(sent)"),
        ]
    }

    private func seconds(_ value: Double) -> String { "\(Double(Int(value * 10)) / 10) s" }
}
