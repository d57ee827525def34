/// How far two words are apart, for suggesting what a mistyped flag may have meant.
enum EditDistance {
    /// The word nearest to `word`, if one is near enough to be meant: at most a third of its letters wrong, or one a beginning of the other.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let scored = candidates.map { (distance: distance(word, $0), candidate: $0) }
        if let best = scored.min(by: { $0.distance < $1.distance }), best.distance <= max(1, best.candidate.count / 3) {
            return best.candidate
        }
        guard word.count >= 3 else { return nil }
        return candidates.first { $0.hasPrefix(word) || word.hasPrefix($0) || $0.hasSuffix("-\(word)") }
    }

    /// The least number of letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
    static func distance(_ first: String, _ second: String) -> Int {
        let a = Array(first)
        let b = Array(second)
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, beforeLast[j - 2] + 1) }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
