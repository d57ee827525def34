import Foundation
import Messaging
import TestStack

/// What presence says of the ring, asked over REST.
struct RingWatch: Sendable {
    let stack: Stack

    /// Where the edges that were started listen.
    var ports: [String: Int] { Dictionary(uniqueKeysWithValues: stack.edges.map { ($0.name, $0.port) }) }

    /// The ring as it is now.
    func ring() async throws -> Ring {
        let answer = try await stack.call("GET", stack.presence, "/v1/edges", as: "operator")
        let ring = try answer.json()["ring"]
        let edges = (ring?["edges"]?.array ?? []).compactMap { edge in
            edge["edge"]?.string.map { HashRing.Edge(id: $0, weight: edge["weight"]?.integer ?? 1) }
        }
        return Ring(
            version: Int64(ring?["version"]?.integer ?? 0), edges: edges, changed: Int64(ring?["changed"]?.integer ?? 0)
        )
    }

    /// Waits for a ring.
    func wait(within limit: Duration = .seconds(90), until isThere: (Ring) -> Bool) async throws -> Ring {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let ring = try await ring()
            if isThere(ring) { return ring }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw MatrixError("the ring has not become what it was to be within \(limit)")
    }

    /// Asks where each user belongs, eight at a time, and how long each answer took, in milliseconds.
    func locate(_ users: [String], as caller: String) async throws -> [Double] {
        try await withThrowingTaskGroup(of: [Double].self) { group in
            for part in 0..<8 {
                group.addTask {
                    var times: [Double] = []
                    for place in stride(from: part, to: users.count, by: 8) {
                        let begin = ContinuousClock.now
                        let answer = try await stack.call(
                            "GET", stack.presence, "/v1/edges/locate?user=\(users[place])", as: caller)
                        guard answer.status == 200 else {
                            throw MatrixError("locate answered with \(answer.status): \(answer.text)")
                        }
                        times.append((ContinuousClock.now - begin) / .milliseconds(1))
                    }
                    return times
                }
            }
            var all: [Double] = []
            for try await times in group { all += times }
            return all
        }
    }
}
