import Messaging

/// Who a session is and where it wants to start: what the handshake said.
struct SessionIdentity {
    let user: String
    let device: String
    /// Resume after it; nil when none was given.
    let cursor: MessageID?

    /// Whether everything is wanted that the inbox still holds (`cursor=0`).
    let fromStart: Bool

    /// Whether its name was made up for it, so that nobody will ask for what is kept of it when it is over.
    var isAnonymous = false
}
