import Messaging

/// Reads every conversation back from history, as its members may, and Postgres itself where it can be reached.
struct HistoryReading: Sendable {
    private static let atOnce = 4

    let swarm: Swarm
    let target: AuditTarget

    /// Reads it all into the record.
    /// - Throws: when history does not answer for as long as the plan's patience.
    func run() async throws {
        let last = try await swarm.lastAccepted()
        var readings: [(key: ConversationKey, readers: [Int])] = []
        for group in swarm.plan.allGroups {
            readings.append(
                (.group(group), [swarm.plan.members(ofGroup: group)[0]] + swarm.plan.movers(ofGroup: group)))
        }
        for topic in 0..<swarm.plan.topics {
            readings.append((.topic(topic), [swarm.plan.listeners(ofTopic: topic)[0]]))
        }
        // Each of the two in turn.
        for (place, pair) in swarm.plan.directs.enumerated() {
            readings.append((.direct(pair.0, pair.1), [place % 2 == 0 ? pair.0 : pair.1]))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, reading) in readings.enumerated() {
                guard let last = last[reading.key] else { continue }
                if number >= Self.atOnce { try await group.next() }
                group.addTask {
                    for (place, reader) in reading.readers.enumerated() {
                        try await read(reading.key, as: reader, upTo: place == 0 ? last : .zero)
                    }
                }
            }
            try await group.waitForAll()
        }
        try await readRows()
    }

    /// Reads a conversation, oldest first, and goes on until it has shown a message, or nothing new has come for the plan's patience.
    private func read(_ key: ConversationKey, as reader: Int, upTo last: MessageID) async throws {
        var marker = RecordEvent(.readBack, device: reader)
        marker.conversation = key
        try await swarm.record([marker])
        let rest = AuditREST(patience: swarm.plan.patience)
        let url = "\(target.history)/v1/conversations/\(swarm.names.conversation(key))/messages?limit=200"
        var after = MessageID.zero
        var since = ContinuousClock.now
        while true {
            let answer = try await rest.request("GET", "\(url)&after=\(after)", token: swarm.tokens[reader])
            // Unknown as long as nothing has been stored, or nothing ever was shown to this user.
            let page = answer.status == 200 ? try MessagePage(answer.body, swarm.names) : nil
            let events = (page?.messages ?? []).map { message in
                var event = message.event(.history, swarm.names)
                event.device = UInt32(reader)
                return event
            }
            if let newest = events.map(\.id).max(), newest > after {
                after = newest
                since = .now
            }
            try await swarm.record(events)
            if page?.next != nil { continue }
            if after >= last || ContinuousClock.now - since > swarm.plan.patience { return }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func readRows() async throws {
        guard let rows = target.rows else { return }
        let (swarm, names) = (swarm, swarm.names)
        try await swarm.record([RecordEvent(.rowsRead)])
        let batch = EventBatch(swarm)
        try await rows(swarm.plan.name + "-") { row in
            var message = MessagePage.Message()
            message.id = row.id
            message.conversation = names.conversation(named: Array(row.conversation.utf8)[...])
            message.from = names.user(named: row.sender.utf8)
            message.body = SwarmBody(row.data)
            try await batch.add(message.event(.row, names))
        }
        try await batch.finish()
    }
}
