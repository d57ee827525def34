import NIOCore
import ServiceRuntime
import Synchronization

/// Lets a bounded number of exports run at once, one for each user, and ends those whose reader does not read.
final class ExportDesk: Sendable {
    /// A place at the desk; it is free again when it is left, or the last reference to this goes.
    final class Place: Sendable {
        private let desk: ExportDesk
        private let user: String
        private let isTaken = Mutex(true)

        fileprivate init(_ desk: ExportDesk, _ user: String) { (self.desk, self.user) = (desk, user) }

        deinit { leave() }

        func leave() {
            let wasTaken = isTaken.withLock { isTaken in
                defer { isTaken = false }
                return isTaken
            }
            if wasTaken { desk.leave(user) }
        }
    }

    private let limit: Int
    /// How long a reader may take none of what it asked for.
    let patience: Duration
    let metrics: HousekeepingMetrics
    /// Whose are running.
    private let running = Mutex<Set<String>>([])

    init(limit: Int, patience: Duration = .seconds(60), metrics: HousekeepingMetrics) {
        self.limit = limit
        self.patience = patience
        self.metrics = metrics
    }

    /// A place for a user.
    /// - Throws: `Problem` 429 when the user has one, 503 when all are taken.
    func enter(_ user: String) throws(Problem) -> Place {
        let result = running.withLock { running -> Result<Int, Problem> in
            // So that one who reads slowly keeps nobody else from theirs.
            guard !running.contains(user) else {
                return .failure(
                    .rateLimited("an export of this user is running: ask again when it is done", retryAfter: 10))
            }
            guard running.count < limit else {
                return .failure(
                    .busy(
                        "\(limit) exports are running, which is the most of this history: ask again later",
                        retryAfter: 10))
            }
            running.insert(user)
            return .success(running.count)
        }
        do throws(Problem) {
            metrics.exports(try result.get())
        } catch {
            metrics.export(.refused)
            throw error
        }
        return Place(self, user)
    }

    private func leave(_ user: String) {
        metrics.exports(
            running.withLock { running in
                running.remove(user)
                return running.count
            })
    }
}
