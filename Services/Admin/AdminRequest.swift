import FoundationEssentials
import Messaging
import RedisStreams
import ServiceRuntime

/// What is asked for, from the arguments.
struct AdminRequest: Sendable {
    enum Action: String, CaseIterable, Sendable {
        case list
        case show
        case replay
        case drop

        /// Whether it changes something, and so wants to be told of what.
        var changes: Bool { self == .replay || self == .drop }
    }

    static let environmentSettings = Setting.common.filter { $0.name == "redis-url" || $0.name == "key-prefix" }

    static let settings: [Setting] =
        environmentSettings + [
            Setting("group", help: "Only those of this group of services: router, history or presence."),
            Setting("partition", help: "Only those of this partition."),
            Setting("id", help: "Only those of these entries: the ids they have in the log, with commas between."),
            Setting("from", help: "Only those put aside at this time or later: an id, ms, or 2026-11-21T10:00:00Z."),
            Setting("to", help: "Only those put aside before or at this time."),
            Setting("limit", help: "At most so many; 100 for list and show, else all."),
            Setting("all", default: "false", help: "replay and drop: all that match, without --id."),
            Setting("dry-run", default: "false", help: "replay and drop: only say what would be done."),
            Setting("json", default: "false", help: "A line of JSON for each instead of a table."),
            Setting("body", default: "false", help: "show: print what users wrote, too."),
        ]

    var action: Action
    var redis: RedisConfiguration
    var keys: Keys
    var groups: [DeadLetterBook.Group]
    var partition: Int?
    var ids: Set<MessageID>
    var from: MessageID
    var to: MessageID
    var limit: Int
    var isDryRun: Bool
    var isJSON: Bool
    var showsBody: Bool

    /// Reads the arguments, without the program's name.
    /// - Throws: ``AdminError``, `SettingsError` or `RedisError`, naming what is wrong and what to do.
    init(_ arguments: [String]) throws {
        action = try Self.action(arguments)
        let settings = try Settings.ofCommand(
            declared: Self.settings, inEnvironment: Self.environmentSettings, arguments: Array(arguments.dropFirst(2)))
        redis = try RedisConfiguration(url: settings.string("redis-url"))
        keys = Keys(prefix: try settings.string("key-prefix"))
        groups = try Self.groups(settings)
        partition =
            settings.optionalString("partition") == nil ? nil : try settings.integer("partition", in: 0...1023)
        ids = try Set(
            settings.list("id").map { text in
                guard text.contains("-"), let id = MessageID(text) else {
                    throw AdminError(
                        "--id \"\(text)\" is no entry's id: give ids such as 1763719200000-0, as `list` shows them")
                }
                return id
            })
        from = try Self.time(settings, "from") ?? .zero
        to = try Self.time(settings, "to", isEnd: true) ?? .last
        guard from <= to else { throw AdminError("--from is later than --to: give the earlier one first") }
        isDryRun = try settings.boolean("dry-run")
        isJSON = try settings.boolean("json")
        showsBody = try settings.boolean("body")
        limit = action.changes ? .max : 100
        if settings.optionalString("limit") != nil { limit = try settings.integer("limit", in: 1...10_000_000) }
        let isAll = try settings.boolean("all")
        if action.changes, ids.isEmpty, !isAll {
            throw AdminError(
                "\(action.rawValue) wants to know which: give --id with ids that `list` shows, or --all for all that match the other flags"
            )
        }
        if isAll, !ids.isEmpty { throw AdminError("--id and --all are both given: give one of the two") }
    }

    private static func action(_ arguments: [String]) throws(AdminError) -> Action {
        guard let subject = arguments.first else { throw AdminError("what is to be done? --help lists the commands") }
        guard subject == "dead-letters" else {
            throw AdminError("unknown command \"\(subject)\": there is dead-letters; --help says more")
        }
        let known = Action.allCases.map(\.rawValue).joined(separator: ", ")
        guard arguments.count > 1, !arguments[1].hasPrefix("-") else {
            throw AdminError("dead-letters needs one of \(known), as in: switchboard-admin dead-letters list")
        }
        guard let action = Action(rawValue: arguments[1]) else {
            throw AdminError("unknown command \"dead-letters \(arguments[1])\": give one of \(known)")
        }
        return action
    }

    private static func groups(_ settings: Settings) throws(AdminError) -> [DeadLetterBook.Group] {
        guard let text = settings.optionalString("group") else { return DeadLetterBook.Group.allCases }
        guard let group = DeadLetterBook.Group(rawValue: text) else {
            throw AdminError("--group \"\(text)\" is none: give router, history or presence")
        }
        return [group]
    }

    private static func time(_ settings: Settings, _ name: String, isEnd: Bool = false) throws(AdminError) -> MessageID?
    {
        guard let text = settings.optionalString(name) else { return nil }
        if text.contains("-"), let id = MessageID(text) { return id }
        let sequence: UInt64 = isEnd ? .max : 0
        if let milliseconds = UInt64(text) { return MessageID(milliseconds: milliseconds, sequence: sequence) }
        guard let date = try? Date(text, strategy: .iso8601), date.timeIntervalSince1970 >= 0 else {
            throw AdminError(
                "--\(name) \"\(text)\" is no time: give one such as 2026-11-21T10:00:00Z, ms since 1970, or an id")
        }
        let milliseconds = UInt64(date.timeIntervalSince1970 * 1000)
        return MessageID(milliseconds: isEnd ? milliseconds + 999 : milliseconds, sequence: sequence)
    }
}
