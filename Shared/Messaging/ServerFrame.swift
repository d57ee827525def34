/// What the server says: the JSON text of each frame of the contract.
///
/// User, device, conversation and session ids have an alphabet that needs no escaping in JSON; only free text is escaped.
/// A message is encoded once for all its recipients, see ``ServerFrame/Message``.
public enum ServerFrame {
    /// What the client is told to keep to.
    public struct Limits: Hashable, Sendable {
        /// The largest message, in bytes.
        public var messageBytes: Int
        /// Frames a second, in the long run.
        public var rate: Int
        /// Frames at once.
        public var burst: Int
        /// Sends not yet answered; past it the edge stops reading for a while.
        public var inFlight: Int
        /// Sessions of one user.
        public var sessions: Int
        /// Over how many milliseconds to spread the first try after a connection was lost without a word.
        public var reconnectWithin: Int

        /// Limits of their parts.
        public init(messageBytes: Int, rate: Int, burst: Int, inFlight: Int, sessions: Int, reconnectWithin: Int) {
            self.messageBytes = messageBytes
            self.rate = rate
            self.burst = burst
            self.inFlight = inFlight
            self.sessions = sessions
            self.reconnectWithin = reconnectWithin
        }
    }

    /// The first frame of a session. `heartbeat` is in seconds.
    public static func welcome(
        user: String, device: String, session: String, edge: String, cursor: MessageID, heartbeat: Int, limits: Limits
    ) -> [UInt8] {
        var json = FrameWriter("{\"type\":\"welcome\",\"user\":\"")
        json.write(user)
        json.write("\",\"device\":\"")
        json.write(device)
        json.write("\",\"session\":\"")
        json.write(session)
        json.write("\",\"edge\":\"")
        json.write(edge)
        json.write("\",\"cursor\":\"")
        json.write(cursor)
        json.write("\",\"heartbeat\":")
        json.write(UInt64(heartbeat))
        json.write(",\"limits\":{\"messageBytes\":")
        json.write(UInt64(limits.messageBytes))
        json.write(",\"rate\":")
        json.write(UInt64(limits.rate))
        json.write(",\"burst\":")
        json.write(UInt64(limits.burst))
        json.write(",\"inFlight\":")
        json.write(UInt64(limits.inFlight))
        json.write(",\"sessions\":")
        json.write(UInt64(limits.sessions))
        json.write(",\"reconnectWithin\":")
        json.write(UInt64(max(0, limits.reconnectWithin)))
        json.write("}}")
        return json.bytes
    }

    /// A `send` is in the log. `isDuplicate`: it had been before, and `id` is the first one.
    public static func accepted(n: UInt64, id: MessageID, conversation: String, isDuplicate: Bool) -> [UInt8] {
        var json = FrameWriter("{\"type\":\"accepted\",\"n\":")
        json.write(n)
        json.write(",\"id\":\"")
        json.write(id)
        json.write("\",\"conversation\":\"")
        json.write(conversation)
        json.write("\",\"at\":")
        json.write(id.milliseconds)
        json.write(isDuplicate ? ",\"duplicate\":true}" : "}")
        return json.bytes
    }

    /// A signal from someone. `data` is the sender's JSON.
    public static func signal(from: String, to: String, data: [UInt8]) -> [UInt8] {
        var json = FrameWriter("{\"type\":\"signal\",\"from\":\"", capacity: data.count + 96)
        json.write(from)
        json.write("\",\"to\":\"")
        json.write(to)
        json.write("\",\"data\":")
        json.write(data)
        json.write("}")
        return json.bytes
    }

    /// `user` has read `conversation` up to `id`.
    public static func read(conversation: String, user: String, id: MessageID) -> [UInt8] {
        var json = FrameWriter("{\"type\":\"read\",\"conversation\":\"")
        json.write(conversation)
        json.write("\",\"user\":\"")
        json.write(user)
        json.write("\",\"id\":\"")
        json.write(id)
        json.write("\"}")
        return json.bytes
    }

    /// The inbox does not reach back to the cursor any more: fetch from `GET /v1/sync`, from the message `after` on.
    public static func gap(after: MessageID, reason: String) -> [UInt8] {
        var json = FrameWriter("{\"type\":\"gap\",\"after\":\"")
        json.write(after)
        json.write("\",\"reason\":")
        json.writeEscaped(reason)
        json.write("}")
        return json.bytes
    }

    /// The log of a topic does not reach back to where this session stands in it: fetch the conversation's history, from the message `after` on.
    public static func gap(conversation: String, after: MessageID, reason: String) -> [UInt8] {
        var json = FrameWriter("{\"type\":\"gap\",\"conversation\":\"")
        json.write(conversation)
        json.write("\",\"after\":\"")
        json.write(after)
        json.write("\",\"reason\":")
        json.writeEscaped(reason)
        json.write("}")
        return json.bytes
    }

    /// The edge is going away: connect again within so many milliseconds, to `url` if given; then the session closes with 4000.
    public static func moving(url: String?, within: Int) -> [UInt8] {
        var json = FrameWriter("{\"type\":\"moving\"")
        if let url {
            json.write(",\"url\":")
            json.writeEscaped(url)
        }
        json.write(",\"within\":")
        json.write(UInt64(max(0, within)))
        json.write("}")
        return json.bytes
    }

    /// Something was refused. `retryAfter` is in milliseconds.
    public static func error(
        _ code: ErrorCode, _ message: String, n: UInt64? = nil, retryAfter: Int? = nil
    ) -> [UInt8] {
        var json = FrameWriter("{\"type\":\"error\"")
        if let n {
            json.write(",\"n\":")
            json.write(n)
        }
        json.write(",\"code\":\"")
        json.write(code.rawValue)
        json.write("\",\"message\":")
        json.writeEscaped(message)
        if let retryAfter {
            json.write(",\"retryAfter\":")
            json.write(UInt64(max(0, retryAfter)))
        }
        json.write("}")
        return json.bytes
    }

    /// The request `n` is done.
    public static func ok(n: UInt64) -> [UInt8] { numbered("{\"type\":\"ok\",\"n\":", n) }

    /// The request `n` is done: the session hears a topic, from the place `after` on.
    public static func ok(n: UInt64, after: MessageID) -> [UInt8] {
        var json = FrameWriter("{\"type\":\"ok\",\"n\":")
        json.write(n)
        json.write(",\"after\":\"")
        json.write(after)
        json.write("\"}")
        return json.bytes
    }

    /// The answer to `ping`.
    public static func pong(n: UInt64) -> [UInt8] { numbered("{\"type\":\"pong\",\"n\":", n) }

    private static func numbered(_ start: String, _ n: UInt64) -> [UInt8] {
        var json = FrameWriter(start)
        json.write(n)
        json.write("}")
        return json.bytes
    }
}
