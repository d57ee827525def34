/// What edges say to one another about a request for a SockJS session: the one that got the request asks the one where the session lives, which answers.
///
/// In Redis each is an entry of the stream of the edge that it is for, see ``Keys/calls(_:)``. Nothing is said twice, and what is lost is not made up for: the
/// answers of a call are numbered, and whoever misses one, or waits too long, gives the request up.
public struct SockJSCall: Hashable, Sendable {
    /// What becomes of messages that a client sends.
    public enum Verdict: Hashable, Sendable {
        case taken
        /// There is no such session here.
        case absent
        /// They cannot be taken now.
        case busy
        /// They are not what the protocol wants, and why.
        case refused(String)
    }

    public enum Word: Hashable, Sendable {
        /// A request waits for frames. `transport` is the last part of its path, `callback` is empty where the transport has none.
        case receive(from: EdgePlace, session: String, transport: String, callback: String)
        /// A request brings messages.
        case send(from: EdgePlace, session: String, transport: String, contentType: String, body: [UInt8])
        /// The client of a request that waits for frames has gone.
        case gone(from: EdgePlace)
        /// The request is known, and will be answered in its time.
        case held
        /// The place has requests of this one's that wait, and is there. It is of no call in particular: `id` is 0.
        case alive(from: EdgePlace)
        /// So many bytes of the answer, in all, have been taken by the client's socket.
        case took(from: EdgePlace, Int)
        /// A part of the answer's body; parts are numbered from 0 on.
        case write(Int, [UInt8])
        /// There is no more; numbered on as the parts are.
        case finish(Int)
        /// The answer to messages, or that there is nothing to wait for.
        case verdict(Verdict)
    }

    /// The number that the edge which asks has given the request; it alone knows what it means.
    public var id: UInt64
    /// The place of the session or the request on the edge that this is for: its event loop.
    public var loop: Int
    public var word: Word

    /// A call of its parts.
    public init(id: UInt64, loop: Int, _ word: Word) {
        self.id = id
        self.loop = loop
        self.word = word
    }
}

// As fields: `call loop word`, then the word's own.
extension SockJSCall {
    /// The fields of the entry, name, value, name, value …
    public var fields: [[UInt8]] {
        switch word {
        case .receive(let from, let session, let transport, let callback):
            head("receive")
                + Self.texts(
                    "from", from.description, "session", session, "transport", transport, "callback", callback)
        case .send(let from, let session, let transport, let contentType, let body):
            head("send")
                + Self.texts("from", from.description, "session", session, "transport", transport, "type", contentType)
                + [Array("body".utf8), body]
        case .gone(let from): head("gone") + Self.texts("from", from.description)
        case .held: head("held")
        case .alive(let from): head("alive") + Self.texts("from", from.description)
        case .took(let from, let bytes):
            head("took") + Self.texts("from", from.description, "bytes", String(bytes))
        case .write(let number, let bytes):
            head("write") + Self.texts("number", String(number)) + [Array("body".utf8), bytes]
        case .finish(let number): head("finish") + Self.texts("number", String(number))
        case .verdict(.taken): head("taken")
        case .verdict(.absent): head("absent")
        case .verdict(.busy): head("busy")
        case .verdict(.refused(let reason)): head("refused") + Self.texts("reason", reason)
        }
    }

    private func head(_ word: String) -> [[UInt8]] {
        Self.texts("call", String(id), "loop", String(loop), "word", word)
    }

    private static func texts(_ parts: String...) -> [[UInt8]] { parts.map { Array($0.utf8) } }

    /// Reads an entry's fields.
    /// - Throws: ``MessagingError`` `badEntry`, naming the field.
    public init(_ fields: StreamFields) throws(MessagingError) {
        id = try Self.number("call", fields, 0)
        loop = try Self.number("loop", fields, 1)
        switch try fields.text("word", at: 2) {
        case "receive":
            word = .receive(
                from: try Self.place(fields), session: try fields.text("session", at: 4),
                transport: try fields.text("transport", at: 5), callback: try fields.text("callback", at: 6))
        case "send":
            word = .send(
                from: try Self.place(fields), session: try fields.text("session", at: 4),
                transport: try fields.text("transport", at: 5), contentType: try fields.text("type", at: 6),
                body: try Self.bytes(fields, 7))
        case "gone": word = .gone(from: try Self.place(fields))
        case "held": word = .held
        case "alive": word = .alive(from: try Self.place(fields))
        case "took": word = .took(from: try Self.place(fields), try Self.number("bytes", fields, 4))
        case "write": word = .write(try Self.number("number", fields, 3), try Self.bytes(fields, 4))
        case "finish": word = .finish(try Self.number("number", fields, 3))
        case "taken": word = .verdict(.taken)
        case "absent": word = .verdict(.absent)
        case "busy": word = .verdict(.busy)
        case "refused": word = .verdict(.refused(try fields.text("reason", at: 3)))
        default: throw MessagingError(.badEntry, "the entry's field 'word' is one that is not known here")
        }
    }

    private static func number<Number: FixedWidthInteger>(
        _ name: StaticString, _ fields: StreamFields, _ place: Int
    ) throws(MessagingError) -> Number {
        guard let number = Number(try fields.text(name, at: place)), number >= 0 else {
            throw MessagingError(.badEntry, "the entry's field '\(name)' is no number")
        }
        return number
    }

    private static func place(_ fields: StreamFields) throws(MessagingError) -> EdgePlace {
        guard let place = EdgePlace(try fields.text("from", at: 3)) else {
            throw MessagingError(.badEntry, "the entry's field 'from' is no place of an edge")
        }
        return place
    }

    private static func bytes(_ fields: StreamFields, _ place: Int) throws(MessagingError) -> [UInt8] {
        guard let bytes = fields.value("body", at: place) else {
            throw MessagingError(.badEntry, "the entry's field 'body' is missing")
        }
        return bytes
    }
}
