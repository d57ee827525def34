import TestStack

/// What sessions were given, compared with what they should have been.
struct Findings: Equatable, CustomStringConvertible {
    var lost = 0
    var repeated = 0
    var foreign = 0
    var outOfOrder = 0

    var isClean: Bool { self == Findings() }

    var description: String { "lost \(lost), repeated \(repeated), foreign \(foreign), out of order \(outOfOrder)" }

    /// Compares the messages of a session with those it should have been given, in this order.
    mutating func judge(_ session: SessionClient, _ expected: [String]) {
        let given = session.messages.compactMap(\.text)
        var counts: [String: Int] = [:]
        for text in given { counts[text, default: 0] += 1 }
        for text in expected where counts[text] == nil { lost += 1 }
        for (text, count) in counts {
            if expected.contains(text) { repeated += count - 1 } else { foreign += count }
        }
        let places = Dictionary(uniqueKeysWithValues: expected.enumerated().map { ($1, $0) })
        var highest = -1
        for text in given {
            guard let place = places[text] else { continue }
            if place < highest { outOfOrder += 1 }
            highest = max(highest, place)
        }
    }
}
