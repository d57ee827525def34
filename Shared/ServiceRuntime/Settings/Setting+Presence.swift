extension Setting {
    /// Who may see whose presence: the same for every service that shows it.
    public static let presencePolicy = Setting(
        "presence-policy", default: "members",
        help:
            "Who may watch a user's presence and ask for it: everyone; members of a common conversation (a group, or a direct one in which something was said); or nobody else. The same for ws-edge and presence."
    )
}
