/// The services of an installation; each may run more than once.
package enum ServiceKind: String, Sendable, CaseIterable {
    case edge
    case router
    case presence
    case history

    /// The executable's name.
    package var program: String {
        switch self {
        case .edge: "ws-edge"
        case .router: "message-router"
        case .presence: "presence"
        case .history: "history"
        }
    }

    /// What the one with this number, from 1, is called: `edge-1`, `message-router`, `message-router-2`.
    func name(_ number: Int) -> String {
        if self == .edge { return "edge-\(number)" }
        return number == 1 ? program : "\(program)-\(number)"
    }
}
