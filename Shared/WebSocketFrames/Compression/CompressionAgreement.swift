/// What a client and a server have agreed on for one connection, by the header `Sec-WebSocket-Extensions`.
/// Source: https://www.rfc-editor.org/rfc/rfc7692#section-7.1
public struct CompressionAgreement: Sendable, Hashable {
    /// Whether this side may use earlier messages to compress the next.
    public let serverTakesOver: Bool
    /// Whether the other side may.
    public let clientTakesOver: Bool
    /// The base-2 logarithm of the window, in bytes, that this side may use at most; 9 to 15.
    public let serverWindowBits: Int
    /// The same of the other side; 8 to 15.
    public let clientWindowBits: Int
    /// The value of the answer's `Sec-WebSocket-Extensions`.
    public let answer: String

    /// The first offer that can be accepted; nil when there is none, and then messages are not compressed.
    /// - Parameter headers: the values of the request's `Sec-WebSocket-Extensions`, in order.
    public init?(offers headers: [String], policy: CompressionPolicy) {
        for header in headers {
            for offer in ExtensionOffer.all(in: header) {
                if let agreement = Self(offer, policy) {
                    self = agreement
                    return
                }
            }
        }
        return nil
    }

    private init?(_ offer: ExtensionOffer, _ policy: CompressionPolicy) {
        guard offer.name == "permessage-deflate" else { return nil }
        var (serverTakesOver, clientTakesOver) = (policy.takesOver, policy.takesOver)
        var (serverBits, clientBits) = (policy.windowBits, 15)
        var answer = "permessage-deflate"
        var seen: Set<String> = []
        var (namesServerBits, mayNameClientBits) = (false, false)
        for parameter in offer.parameters {
            guard seen.insert(parameter.name).inserted else { return nil }
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil): serverTakesOver = false
            case ("client_no_context_takeover", nil): clientTakesOver = false
            case ("server_max_window_bits", let value?):
                // 8 is allowed, but zlib cannot compress with so small a window: declined.
                guard let bits = Self.bits(value), bits > 8 else { return nil }
                serverBits = min(serverBits, bits)
                namesServerBits = true
            case ("client_max_window_bits", let value):
                if let value {
                    guard let bits = Self.bits(value) else { return nil }
                    clientBits = bits
                }
                mayNameClientBits = true
            default: return nil
            }
        }
        if !serverTakesOver { answer += "; server_no_context_takeover" }
        if !clientTakesOver { answer += "; client_no_context_takeover" }
        if namesServerBits { answer += "; server_max_window_bits=\(serverBits)" }
        // A window costs memory only where it outlives a message.
        if mayNameClientBits, clientTakesOver, policy.windowBits < clientBits { clientBits = policy.windowBits }
        if mayNameClientBits, clientBits < 15 { answer += "; client_max_window_bits=\(clientBits)" }
        self.serverTakesOver = serverTakesOver
        self.clientTakesOver = clientTakesOver
        serverWindowBits = serverBits
        clientWindowBits = clientBits
        self.answer = answer
    }

    /// 8 to 15 without leading zeros.
    private static func bits(_ text: String) -> Int? {
        guard let bits = Int(text), (8...15).contains(bits), text == String(bits) else { return nil }
        return bits
    }
}
