import NIOCore
import ServiceRuntime
import Synchronization

/// Lets a bounded number of exports run at once, and ends those whose reader does not read.
final class ExportDesk: Sendable {
    /// A place at the desk; it is free again when the last reference to this goes.
    final class Place: Sendable {
        private let desk: ExportDesk

        fileprivate init(_ desk: ExportDesk) { self.desk = desk }

        deinit { desk.leave() }
    }

    private let limit: Int
    /// How long a reader may take none of what it asked for.
    let patience: Duration
    let metrics: HousekeepingMetrics
    private let running = Mutex(0)

    init(limit: Int, patience: Duration = .seconds(60), metrics: HousekeepingMetrics) {
        self.limit = limit
        self.patience = patience
        self.metrics = metrics
    }

    /// A place.
    /// - Throws: `Problem` 503 when all are taken.
    func enter() throws(Problem) -> Place {
        let count = running.withLock { running -> Int? in
            guard running < limit else { return nil }
            running += 1
            return running
        }
        guard let count else {
            metrics.export(.refused)
            throw .busy(
                "\(limit) exports are running, which is the most of this history: ask again later", retryAfter: 10)
        }
        metrics.exports(count)
        return Place(self)
    }

    private func leave() {
        metrics.exports(
            running.withLock { running in
                running -= 1
                return running
            })
    }
}
