/// What a session says to its client.
public enum SockJSFrame: Hashable, Sendable {
    /// `o`: the session is open.
    case open
    /// `h`: a heart-beat.
    case heartBeat
    /// `a[…]`: messages, each UTF-8 text.
    case messages([[UInt8]])
    /// `c[code,"reason"]`: the session is closed.
    case close(SockJSClose)

    /// The frame's bytes, before a transport puts its own around them.
    public var bytes: [UInt8] {
        switch self {
        case .open: return [UInt8(ascii: "o")]
        case .heartBeat: return [UInt8(ascii: "h")]
        case .messages(let messages):
            var bytes = Array("a[".utf8)
            bytes.reserveCapacity(messages.reduce(4) { $0 + $1.count + $1.count / 4 + 3 })
            for (index, message) in messages.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONText.write(message, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
            return bytes
        case .close(let close):
            var bytes = Array("c[\(close.code),".utf8)
            JSONText.write(Array(close.reason.utf8), to: &bytes)
            bytes.append(UInt8(ascii: "]"))
            return bytes
        }
    }
}

/// Why a session is over: a code as WebSockets have them, and a reason.
public struct SockJSClose: Hashable, Sendable {
    public var code: UInt16
    public var reason: String

    /// A close of its parts.
    public init(_ code: UInt16, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// A second request waits for frames while the first still does.
    public static let anotherConnection = SockJSClose(2010, "Another connection still open")
    /// The client's connection broke while it waited for frames.
    public static let interrupted = SockJSClose(1002, "Connection interrupted")
    /// The application has ended the session, as the protocol's test service `/close` does.
    public static let goAway = SockJSClose(3000, "Go away!")
}
