import FoundationEssentials
public import Messaging

/// Where a client connects, as which device, and how much it may hold.
public struct ClientConfiguration: Sendable {
    /// Where a device begins in the user's inbox when the client starts.
    public enum Start: Hashable, Sendable {
        /// Where the server last saw this device acknowledge; with what comes from now on, for a device it does not know.
        case whereItLeft
        /// With everything that the inbox still holds.
        case beginning
        /// After this cursor, which the application kept: see ``SwitchboardClient/cursor``.
        case after(MessageID)
    }

    /// Where `/ws` is: `wss://chat.example/ws`. Of several the next one is tried when one cannot be reached.
    public var urls: [String]
    /// The device's id: the same over restarts, and no two living clients of a user may share it.
    public var device: String
    /// The gateway's address for REST, such as `https://chat.example`; that of the first of ``urls`` when nil.
    public var restURL: String?
    /// Where to begin.
    public var start = Start.whereItLeft
    /// A file of certificates (PEM) to trust instead of the system's, for `wss` and `https`; such as a self-signed one's.
    public var trustedCertificates: String?
    /// How many events may wait for the application. When they do, the client stops reading from the socket. From 16 on.
    public var eventCapacity = 256
    /// How many messages may wait to be accepted; one more is refused with `queueFull`. From 1 on.
    public var sendCapacity = 500
    /// How long graceful shutdown waits for the answers to messages that are on their way.
    public var shutdownGrace = Duration.seconds(2)
    /// Time and chance, as tests wish them.
    var clock = ClientClock.system

    /// A configuration with everything else as it is by default.
    public init(url: String, device: String) {
        urls = [url]
        self.device = device
    }
}

extension ClientConfiguration {
    /// Checks it, and reads the addresses.
    func addresses() throws(ClientError) -> [ServerAddress] {
        guard Identifier.isValid(device) else {
            throw ClientError(.invalid, "device \"\(device.prefix(140))\" is no id: give \(Identifier.rule)")
        }
        guard !urls.isEmpty else {
            throw ClientError(.invalid, "urls is empty: give at least one, such as wss://chat.example/ws")
        }
        guard eventCapacity >= 16 else {
            throw ClientError(.invalid, "eventCapacity is \(eventCapacity): give 16 or more")
        }
        guard sendCapacity >= 1 else { throw ClientError(.invalid, "sendCapacity is \(sendCapacity): give 1 or more") }
        var addresses: [ServerAddress] = []
        for url in urls { addresses.append(try ServerAddress(url, schemes: ["ws": 80, "wss": 443])) }
        return addresses
    }

    func restAddress(_ first: ServerAddress) throws(ClientError) -> ServerAddress {
        if let restURL { return try ServerAddress(restURL, schemes: ["http": 80, "https": 443]) }
        return first
    }
}
