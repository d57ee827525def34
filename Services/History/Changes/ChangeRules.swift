import ServiceRuntime

/// Who may change messages, and what is kept of them.
struct ChangeRules: Hashable, Sendable {
    static let settings = [
        Setting(
            "edit-window", default: "24h", unit: "s",
            help:
                "How long after sending it a user may edit a message; 0 lets nobody but admins. The same for all histories."
        ),
        Setting(
            "delete-window", default: "24h", unit: "s",
            help:
                "How long after sending it a user may delete a message; 0 lets nobody but admins. The same for all histories."
        ),
        Setting(
            "keep-originals", default: "false",
            help:
                "Whether what messages said before they were edited or deleted is kept, in the table history.originals."
        ),
    ]

    /// How long the sender may edit a message; admins may always.
    var editWindow = Duration.seconds(86_400)
    /// How long the sender may delete it.
    var deleteWindow = Duration.seconds(86_400)
    var keepsOriginals = false

    init() {}

    init(_ settings: Settings) throws(SettingsError) {
        let windows = Duration.zero ... .seconds(100 * 366 * 86_400)
        editWindow = try settings.duration("edit-window", in: windows)
        deleteWindow = try settings.duration("delete-window", in: windows)
        keepsOriginals = try settings.boolean("keep-originals")
    }

    /// What would become of the wish to change a message that was found, for who may read it. What really becomes of it is said when the log comes to it.
    func verdict(on message: MessageRow, by user: String, isAdmin: Bool, isDeletion: Bool, now: Int64) -> ChangeVerdict
    {
        if !isAdmin {
            if message.from != user { return .author }
            let window = isDeletion ? deleteWindow : editWindow
            if now - message.id.ms > window.inMilliseconds { return .late }
        }
        if case .deleted = message.change { return .deleted }
        return .done
    }
}
