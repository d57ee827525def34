import Logging
import Messaging
import NIOCore
import RedisStreams
import ServiceLifecycle
import ServiceRuntime

/// Keeps the edge among the live ones: renews its lease every 5 s, and takes a new incarnation when it finds that the lease has lapsed, or that Redis was
/// restarted or another server is master: then sessions may have been lost there, and all are registered again.
///
/// A lease that another process has taken under the same edge id ends this one: two edges of one id would take each other's news away.
struct EdgeLease: Service {
    static let duration = Duration.seconds(15)
    static let interval = Duration.seconds(5)

    let environment: EdgeEnvironment
    let redis: RedisConnection
    let loops: EdgeLoops
    let tail: StreamTail
    let readiness: Readiness

    /// Another process lives under this edge's id.
    struct Superseded: Error, CustomStringConvertible {
        let edge: String

        var description: String {
            "another process took over EDGE_ID \"\(edge)\": give each edge an EDGE_ID of its own, or stop the other one"
        }
    }

    func run() async throws {
        readiness.notReady("lease", "the edge has not been entered among the live ones yet")
        try await cancelWhenGracefulShutdown { try await hold() }
    }

    private func hold() async throws {
        var incarnation = Incarnation.new(edge: environment.configuration.edgeID)
        var isTaken = false
        var takenOn = ""
        while !Task.isCancelled {
            let timeline = redis.timeline
            guard !timeline.isEmpty || redis.isConnected else {
                // The connection has just been started.
                await watch(for: .milliseconds(20), on: timeline)
                continue
            }
            if isTaken, timeline != takenOn {
                environment.logger.notice(
                    "Redis was restarted, or another server is master: the edge's sessions are registered again")
                incarnation = .new(edge: incarnation.edge)
                isTaken = false
            }
            do {
                switch try await renew(incarnation, take: !isTaken, on: timeline) {
                case .renewed:
                    takenOn = timeline
                    if !isTaken {
                        environment.currentIncarnation = incarnation
                        loops.adopt(incarnation.description)
                        environment.logger.info("the edge is live", metadata: ["incarnation": "\(incarnation)"])
                    }
                    isTaken = true
                    readiness.ready("lease")
                    await watch(for: Self.interval, on: timeline)
                case .lapsed:
                    environment.logger.warning("the edge's lease had lapsed: its sessions are registered again")
                    incarnation = .new(edge: incarnation.edge)
                    isTaken = false
                case .superseded:
                    let error = Superseded(edge: incarnation.edge)
                    environment.logger.critical("\(error)")
                    throw error
                }
            } catch let error as RedisError {
                readiness.notReady("lease", "the edge's lease cannot be renewed: \(error)")
                await watch(for: .seconds(1), on: timeline)
            }
        }
        guard isTaken else { return }
        _ = try? await redis.execute(
            LeaveEdgeScript.command(
                keys: environment.keys, edge: incarnation.edge, incarnation: incarnation.description))
    }

    /// Writes the edge's record now, so that all see at once that it is on its way out; false if that failed.
    func announce() async -> Bool {
        guard let incarnation = environment.currentIncarnation else { return false }
        do {
            // Whatever has become of the lease, the next renewal sees to it.
            _ = try await renew(incarnation, take: false, on: redis.timeline)
            return true
        } catch {
            environment.logger.warning(
                "cannot mark the edge as draining", metadata: ["reason": "\(error)"])
            return false
        }
    }

    private func renew(
        _ incarnation: Incarnation, take: Bool, on timeline: String
    ) async throws(RedisError) -> RenewEdgeScript.Reply {
        let record = EdgeRecord(
            incarnation: incarnation.description, url: environment.configuration.publicURL,
            sessions: environment.sessions, draining: environment.isDraining,
            capacity: environment.configuration.capacity, since: 0, expires: 0)
        return try RenewEdgeScript.reply(
            await redis.execute(
                RenewEdgeScript.command(
                    keys: environment.keys, edge: incarnation.edge, record: record, lease: Self.duration, take: take),
                on: timeline))
    }

    /// Waits, and tells meanwhile how the links to Redis are. Ends when Redis has another timeline.
    private func watch(for time: Duration, on timeline: String) async {
        let end = ContinuousClock.now + time
        repeat {
            if !redis.isConnected {
                readiness.notReady("redis", "there is no connection to Redis")
            } else if let trouble = redis.trouble {
                readiness.notReady("redis", "\(trouble)")
            } else {
                readiness.ready("redis")
            }
            if tail.isFollowing {
                readiness.ready("stream")
            } else {
                readiness.notReady("stream", "the edge's stream is not being followed")
            }
            let left = end - ContinuousClock.now
            if left > .zero { try? await Task.sleep(for: min(left, .milliseconds(500))) }
        } while ContinuousClock.now < end && redis.timeline == timeline && !Task.isCancelled
    }
}
