import Foundation
import ServiceRuntime
import SwitchboardClient
import Synchronization
import TestStack

/// Pairs of applications over ``SwitchboardClient``: what the library does to a message, and whether all come once and in order.
///
/// The other measurements count with clients of their own, which see every frame; this one sees what an application sees.
enum LibraryMeasurement: Measurement {
    static let name = "library"
    static let summary = "Numbered messages between applications that use the Swift library: once, in order, how fast."

    static let settings: [Setting] = [
        Setting("clients", default: "100", help: "Applications, one user with one device each; every two talk."),
        Setting("messages", default: "200", help: "Messages that each sends, as fast as they are accepted."),
        Setting("window", default: "20", help: "Messages of each on their way at once."),
        Setting(
            "patience", default: "60", unit: "s", help: "How long nothing may arrive before what is missing is lost."),
    ]

    /// The results in the form of the JSON file.
    struct Results: Codable {
        var clients: Int
        var sent: Int
        var delivered: Int
        /// Messages that were not the next one of their sender.
        var disordered: Int
        var seconds: Double
        var messagesPerSecond: Double
    }

    /// What has come to all of them.
    private final class Tally: Sendable {
        let delivered = Atomic(0)
        let disordered = Atomic(0)
    }

    private struct Plan: Sendable {
        var clients: Int
        var messages: Int
        var window: Int
        var patience: Duration
    }

    static func run(_ settings: Settings) async throws -> Bool {
        let plan = Plan(
            clients: try settings.integer("clients", in: 2...10_000) / 2 * 2,
            messages: try settings.integer("messages", in: 1...1_000_000),
            window: try settings.integer("window", in: 1...400),
            patience: try settings.duration("patience", in: .seconds(1)...(.seconds(600))))
        let installation = try await Installation.open(settings)
        let tally = Tally()
        let clients = try (0..<plan.clients).map { try client($0, installation.target) }
        let clock = ContinuousClock()
        var seconds = 0.0
        try await withThrowingTaskGroup { group in
            for client in clients { group.addTask { try await client.run() } }
            for client in clients { group.addTask { await listen(client, tally) } }
            try await eventually("all clients are connected", within: .seconds(120)) {
                clients.allSatisfy { if case .open = $0.state { true } else { false } }
            }
            let start = clock.now
            try await withThrowingTaskGroup { senders in
                for (place, client) in clients.enumerated() {
                    senders.addTask { try await send(client, to: name(place ^ 1), plan) }
                }
                try await senders.waitForAll()
            }
            await arrive(tally, of: plan)
            seconds = (clock.now - start) / .seconds(1)
            group.cancelAll()
            try await group.waitForAll()
        }
        try await installation.close()
        let delivered = tally.delivered.load(ordering: .relaxed)
        let results = Results(
            clients: plan.clients, sent: plan.clients * plan.messages, delivered: delivered,
            disordered: tally.disordered.load(ordering: .relaxed), seconds: seconds,
            messagesPerSecond: Double(delivered) / seconds)
        say(
            String(
                format: "%d of %d messages delivered, %d out of turn, %.0f messages/s", results.delivered, results.sent,
                results.disordered, results.messagesPerSecond))
        try ResultFile.write(results, to: settings.optionalString("json"))
        return results.delivered == results.sent && results.disordered == 0
    }

    private static let mark = UInt32.random(in: .min ... .max)

    private static func name(_ place: Int) -> String { "library-\(mark)-\(place)" }

    private static func client(_ place: Int, _ target: AuditTarget) throws -> SwitchboardClient {
        var configuration = ClientConfiguration(url: target.edges[place % target.edges.count], device: "load")
        configuration.urls = (0..<target.edges.count).map { target.edges[(place + $0) % target.edges.count] }
        configuration.restURL = target.history
        let (user, secret) = (name(place), target.secret)
        return try SwitchboardClient(configuration) { try Token(user: user).signed(secret) }
    }

    private static func listen(_ client: SwitchboardClient, _ tally: Tally) async {
        var next = 0
        for await event in client.events {
            guard case .message(let message) = event else { continue }
            let number = try? message.decode(Int.self)
            if number == next { next += 1 } else { tally.disordered.add(1, ordering: .relaxed) }
            tally.delivered.add(1, ordering: .relaxed)
        }
    }

    private static func send(_ client: SwitchboardClient, to user: String, _ plan: Plan) async throws {
        var waiting: [Sending] = []
        for number in 0..<plan.messages {
            if waiting.count >= plan.window { _ = try await waiting.removeFirst().accepted }
            waiting.append(try client.post(number, to: "user:\(user)"))
        }
        for sending in waiting { _ = try await sending.accepted }
    }

    /// Returns when everything has come, or when nothing has for the time of patience.
    private static func arrive(_ tally: Tally, of plan: Plan) async {
        var last = -1
        while tally.delivered.load(ordering: .relaxed) < plan.clients * plan.messages {
            let now = tally.delivered.load(ordering: .relaxed)
            guard now != last else { return }
            last = now
            try? await eventually("more comes", within: plan.patience) {
                tally.delivered.load(ordering: .relaxed) != now
            }
        }
    }
}
