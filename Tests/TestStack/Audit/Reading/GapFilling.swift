import Messaging

/// Fetches from sync what inboxes no longer hold, and from the conversation what the log of a topic or large group does not, for each device that is told of a gap.
///
/// As the contract has it: from the id given on, page by page, until there is no next one. A message may be stored a little later than it is delivered, so it
/// looks again after a while; and of a conversation until history has come to what the device has heard since. What is known already is told by its id.
struct GapFilling: Sendable {
    /// For how long after a gap history may be behind without saying so, by the contract.
    private static let slack = Duration.seconds(6)
    /// For how long it looks for what the device has heard, which may be more than history will ever show its user: who has left the group is not shown the rest.
    private static let patience = Duration.seconds(180)
    private static let atOnce = 64

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

    private func fill(_ gap: SwarmLog.Gap) async throws {
        let told = ContinuousClock.now
        let isFeed = gap.conversation != .none
        // At least that was said before the gap.
        var last = isFeed ? try await swarm.lastAccepted(in: gap.conversation) : .zero
        // Many are told at once when an edge has died.
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...500)))
        var after = gap.after
        var hasLookedAgain = false
        while true {
            let page = try await page(of: gap, after: after)
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
            } else if ContinuousClock.now - told <= Self.slack {
                try await Task.sleep(for: Self.slack)
            } else {
                if isFeed, !hasLookedAgain {
                    hasLookedAgain = true
                    last = max(last, try await swarm.place(of: gap.device, in: gap.conversation))
                }
                guard after < last, ContinuousClock.now - told < Self.patience else { return }
                try await Task.sleep(for: .seconds(2))
            }
        }
    }

    private func page(of gap: SwarmLog.Gap, after: MessageID) async throws -> MessagePage {
        let path =
            gap.conversation == .none ? "sync" : "conversations/\(swarm.names.conversation(gap.conversation))/messages"
        let answer = try await AuditREST(patience: .seconds(120)).request(
            "GET", "\(target.history)/v1/\(path)?after=\(after)&limit=200",
            token: swarm.tokens[swarm.names.user(ofDevice: gap.device)])
        // As long as history has not stored who is in it, it is unknown.
        if gap.conversation != .none, [403, 404].contains(answer.status) { return MessagePage() }
        guard answer.status == 200 else {
            throw TestStackError(.connection, "\(path): \(answer.status) \(answer.text)")
        }
        return try MessagePage(answer.body, swarm.names)
    }
}
