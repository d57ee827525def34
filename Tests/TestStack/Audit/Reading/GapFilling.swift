import Messaging

/// Fetches from sync what inboxes no longer hold, and from the conversation what a topic's log does not, for each device that is told of a gap.
///
/// As the contract has it: from the id given on, page by page, until there is no next one. A message may be stored a little later than it is delivered, so it
/// looks again after a while; what is known already is told by its id.
struct GapFilling: Sendable {
    /// For how long after a gap history may be behind without saying so, by the contract.
    private static let slack = Duration.seconds(6)
    private static let atOnce = 4

    let swarm: Swarm
    let target: AuditTarget

    /// Serves gaps until cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await gap in swarm.gaps {
                if running == Self.atOnce {
                    await group.next()
                    running -= 1
                }
                group.addTask { try? await fill(gap) }
                running += 1
            }
        }
    }

    private func path(_ gap: SwarmLog.Gap) -> String {
        gap.conversation == .none ? "sync" : "conversations/\(swarm.names.conversation(gap.conversation))/messages"
    }

    private func fill(_ gap: SwarmLog.Gap) async throws {
        let told = ContinuousClock.now
        let rest = AuditREST(patience: .seconds(120))
        let user = swarm.names.user(ofDevice: gap.device)
        var after = gap.after
        while true {
            let answer = try await rest.request(
                "GET", "\(target.history)/v1/\(path(gap))?after=\(after)&limit=200", token: swarm.tokens[user])
            guard answer.status == 200 else {
                throw TestStackError(.connection, "sync: \(answer.status) \(answer.text)")
            }
            let page = try MessagePage(answer.body, swarm.names)
            let events = page.messages.map { message in
                var event = message.event(.synced, swarm.names)
                event.device = UInt32(gap.device)
                return event
            }
            try await swarm.recordSynced(events.filter { $0.sender != gap.device }, device: gap.device)
            after = max(after, page.messages.map(\.id).max() ?? after)
            if let next = page.next {
                after = next
                if page.messages.isEmpty { try await Task.sleep(for: .milliseconds(500)) }
            } else if ContinuousClock.now - told > Self.slack {
                return
            } else {
                try await Task.sleep(for: Self.slack)
            }
        }
    }
}
