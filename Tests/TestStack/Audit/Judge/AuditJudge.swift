import Foundation

/// Decides over a record: one pass cuts it into buckets, each bucket is judged by itself, and a last pass finds the stories of what was found.
struct AuditJudge {
    private let folder: RecordFolder
    private let names: AuditNames
    private var findings = Findings()
    private var result = AuditResult()
    private var hasRows = false

    init(_ folder: URL) throws {
        self.folder = RecordFolder(folder)
        names = AuditNames(try self.folder.plan())
    }

    /// Judges it.
    /// - Returns: what the record alone tells: no latencies and recoveries.
    /// - Throws: when it cannot be read, or the disk has no room for the buckets.
    static func judge(_ folder: URL) throws -> AuditResult {
        var judge = try AuditJudge(folder)
        return try judge.judge()
    }

    private mutating func judge() throws -> AuditResult {
        let total = try folder.size()
        let devices = try RecordBuckets(folder.url.appending(path: "devices"), total: total)
        let conversations = try RecordBuckets(folder.url.appending(path: "conversations"), total: total)
        defer {
            devices.remove()
            conversations.remove()
        }
        try folder.read { event in
            count(event)
            switch event.kind {
            case .connected: devices.add(event, by: UInt64(event.device))
            case .delivered:
                devices.add(event, by: UInt64(event.device))
                conversations.add(event, by: event.conversation.rawValue)
            default:
                if event.conversation != .none { conversations.add(event, by: event.conversation.rawValue) }
            }
        }
        try judgeDevices(devices)
        try judgeConversations(conversations)
        result.violations = findings.counts
        result.examples = try stories(of: findings.first)
        return result
    }

    /// Counts an event, and judges what stands for itself.
    private mutating func count(_ event: RecordEvent) {
        switch event.kind {
        case .sent: result.sent += 1
        case .accepted where event.flags.contains(.wrongConversation):
            findings.add(
                .altered, .init(sender: event.device, n: event.n),
                "n \(event.n) of \(EventText.device(event.device, names)) was accepted for another conversation")
        case .unanswered: result.unanswered += 1
        case .gap: result.gaps += 1
        case .synced: result.synced += 1
        case .connected: result.sessions += 1
        case .joined, .left: result.membershipChanges += 1
        case .history: result.history += 1
        case .row: result.rows += 1
        case .rowsRead: hasRows = true
        case .refused:
            let code = RefusalCode.name(event.code)
            result.refusals[code, default: 0] += 1
            let isPermitted = RefusalCode.isTemporary(code) || [429, 503].contains(event.code)
            guard event.conversation == .none, !isPermitted else { return }
            findings.add(
                .refused, .init(device: event.device),
                "\(EventText.device(event.device, names)) was refused with \(code)")
        case .disconnected where (4500..<5000).contains(event.code):
            findings.add(
                .refused, .init(device: event.device),
                "\(EventText.device(event.device, names)) was sent away with \(event.code)")
        case .presence: presence(event)
        default: break
        }
    }

    private mutating func presence(_ event: RecordEvent) {
        if event.flags.contains(.isUser) { result.presence += 1 }
        guard !PresenceReading.isRight(event) else { return }
        let isOnline = event.flags.contains(.isOnline)
        var subject = Findings.Subject()
        if event.flags.contains(.isUser) { subject.user = event.device } else { subject.device = event.device }
        findings.add(isOnline ? .offlineThoughHere : .onlineThoughGone, subject, EventText.line(event, names))
    }

    private mutating func judgeDevices(_ buckets: RecordBuckets) throws {
        var judge = DeviceJudge(names)
        try buckets.read {
            judge.add($0)
        } end: {
            findings.add(judge.findings)
            result.rereads += judge.rereads
            judge = DeviceJudge(names)
        }
    }

    private mutating func judgeConversations(_ buckets: RecordBuckets) throws {
        var cases: [ConversationKey: ConversationCase] = [:]
        try buckets.read { event in
            cases[event.conversation, default: ConversationCase(event.conversation)].add(event)
        } end: {
            var judge = ConversationJudge(names, hasRows: hasRows)
            for conversation in cases.values { judge.judge(conversation) }
            cases.removeAll()
            findings.add(judge.findings)
            result.accepted += judge.accepted
            result.expected += judge.expected
            result.delivered += judge.delivered
        }
    }

    private func stories(of findings: [Findings.Finding]) throws -> [AuditResult.Example] {
        guard !findings.isEmpty else { return [] }
        var stories = findings.map { Story($0.subject, names) }
        try folder.read { event in
            for place in stories.indices { stories[place].add(event) }
        }
        return zip(findings, stories).map { .init(kind: $0.kind, text: $0.text, history: $1.lines) }
    }
}
