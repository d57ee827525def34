/// Who may watch a user's presence and ask for it. Oneself, and a token with the scope `admin`, may always.
public enum PresencePolicy: String, Hashable, Sendable, CaseIterable {
    /// Everyone with a token.
    case everyone
    /// Who has a conversation in common with the user: a group, or a direct one in which something was said.
    case members
    /// Nobody else.
    case nobody
}
