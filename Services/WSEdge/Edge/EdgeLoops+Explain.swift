import CoreMetrics
import Messaging
import NIOCore
import RedisStreams

/// What an operator wants to know of a user's sessions.
extension EdgeLoops {
    /// Asks all event loops, and has Redis give the answer to whoever asked.
    func explain(_ user: String, request: String, instance: String) {
        let environment = environment
        let edge = environment.configuration.edgeID
        reports(of: user).whenSuccess { reports in
            environment.metrics.explained.increment()
            let answer = EdgeAnswer(request: request, edge: edge, sessions: reports)
            // Who asked does not wait for long: an answer that does not get through is not written later.
            environment.redis.send(answer.commands(keys: environment.keys, instance: instance)) { _ in }
        }
    }
}

extension Session {
    /// What is said of it to an operator.
    var report: SessionReport {
        var report = SessionReport(session: id, device: device)
        report.speaks = transport?.speaks
        report.state = "\(machine.state)"
        report.since = since
        report.expires = expiresAt
        report.sent = machine.sent.description
        report.acknowledged = machine.standing?.description
        report.known = machine.wanted.description
        report.queue = transport?.pendingBytes
        report.inFlight = inFlight
        report.held = holds.names
        report.isSlow = machine.waitsForRoom
        return report
    }
}
