import Foundation
import ServiceRuntime
import TestStack

/// The flags of whatever runs traffic, and what they mean.
enum AuditSettings {
    /// Of the swarm.
    static let plan: [Setting] = [
        Setting("clients", default: "200", help: "Devices in all, spread over the edges."),
        Setting(
            "protocol", default: "json",
            help:
                "What they speak: json, stomp, sockjs (a third each over its WebSocket, by streams, by polls), or library: JSON by SwitchboardClient."
        ),
        Setting("devices", default: "2", help: "Devices of a user."),
        Setting(
            "rate", default: "1000", unit: "messages/s",
            help: "Messages a second over all clients, sent at their times."),
        Setting("duration", default: "60", unit: "s", help: "How long to send."),
        Setting("groups", default: "10", help: "Groups; two users of each leave and come back."),
        Setting("group-size", default: "8", help: "Members who stay in a group throughout."),
        Setting("group-share", default: "20", unit: "percent", help: "The share of messages that go to a group."),
        Setting(
            "large-groups", default: "1",
            help: "Groups of more than 1,000 members, of which 30 are connected and six leave and come back."),
        Setting(
            "large-group-share", default: "5", unit: "percent",
            help: "The share of messages that go to a large group, of users who are in one."),
        Setting("topics", default: "3", help: "Topics, each heard by ten users throughout."),
        Setting(
            "topic-share", default: "10", unit: "percent",
            help: "The share of messages that go to a topic, of users who hear one."),
        Setting(
            "churn", default: "2", help: "Clients that go away in a second; each comes back after 0.2 to 20 s."),
        Setting("changes", default: "1", help: "Membership changes a second."),
        Setting("seed", default: "1", help: "The same seed makes the same choices."),
        Setting("body", default: "64", unit: "bytes", help: "The size of a message's data."),
        Setting(
            "patience", default: "30", unit: "s",
            help: "How long nothing may arrive at the end before what is missing is lost."),
    ]

    /// Of what comes out.
    static let output: [Setting] = [
        Setting("json", help: "A file for the result as JSON, or - for the standard output."),
        Setting("markdown", help: "A file for the result as a Markdown table, or - for the standard output."),
        Setting("record", help: "A folder for the record; by default a temporary one, kept if something was violated."),
    ]

    static func plan(_ settings: Settings) throws -> AuditPlan {
        var plan = AuditPlan()
        plan.devices = try settings.integer("devices", in: 1...10)
        plan.clients = try settings.integer("clients", in: (2 * plan.devices)...20_000)
        plan.speaks = try settings.choice("protocol")
        plan.rate = Double(try settings.integer("rate", in: 1...1_000_000))
        plan.duration = try settings.duration("duration", in: .seconds(1)...(.seconds(86_400)))
        plan.groups = try settings.integer("groups", in: 0...10_000)
        plan.groupSize = try settings.integer("group-size", in: 1...1000)
        plan.groupShare = Double(try settings.integer("group-share", in: 0...100)) / 100
        plan.largeGroups = try settings.integer("large-groups", in: 0...100)
        plan.largeGroupShare = Double(try settings.integer("large-group-share", in: 0...100)) / 100
        plan.topics = try settings.integer("topics", in: 0...90)
        plan.topicShare = Double(try settings.integer("topic-share", in: 0...100)) / 100
        plan.churn = Double(try settings.integer("churn", in: 0...1000))
        plan.changes = Double(try settings.integer("changes", in: 0...1000))
        plan.seed = UInt64(try settings.integer("seed", in: 0...Int(Int32.max)))
        plan.bodySize = try settings.integer("body", in: 64...60_000)
        plan.patience = try settings.duration("patience", in: .seconds(1)...(.seconds(600)))
        return plan
    }

    /// The folder for the record, and whether it is a temporary one.
    static func folder(_ settings: Settings) -> (url: URL, isTemporary: Bool) {
        if let path = settings.optionalString("record") { return (URL(fileURLWithPath: path), false) }
        let name = "switchboard-audit-" + String(UInt32.random(in: .min ... .max), radix: 36)
        return (FileManager.default.temporaryDirectory.appending(path: name), true)
    }
}
