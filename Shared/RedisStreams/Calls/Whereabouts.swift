/// Where a user's sessions are, as far as that was asked.
public enum Whereabouts: Hashable, Sendable {
    /// What is asked of Redis.
    public enum Question: String, Sendable {
        /// All sessions.
        case sessions = "message"
        /// The sessions only if they are not all where the ring says.
        case ring
        /// Nothing.
        case nothing = "blind"
    }

    /// On edges of these incarnations, each once; they may be of edges that are dead. Empty: nowhere.
    case incarnations([String])
    /// Where the ring says; or nowhere, and nobody has noticed yet.
    case home
    /// It was not asked.
    case unknown

    /// Reads what follows in a script's reply: `=` alone for home, else incarnations.
    init(_ parts: [String], asked question: Question) {
        switch question {
        case .nothing: self = .unknown
        case .ring where parts.first == "=": self = .home
        case .ring, .sessions: self = .incarnations(parts)
        }
    }
}
