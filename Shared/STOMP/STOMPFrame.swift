/// A frame: a command, headers and a body.
public struct STOMPFrame: Hashable, Sendable {
    public var command: STOMPCommand
    /// The headers, unescaped.
    public var headers: STOMPHeaders
    /// The body without the NUL that ends the frame.
    public var body: [UInt8]

    /// A frame of its parts.
    public init(_ command: STOMPCommand, _ headers: STOMPHeaders = [:], body: [UInt8] = []) {
        self.command = command
        self.headers = headers
        self.body = body
    }

    /// The bytes of the frame, its NUL included.
    ///
    /// A body gets a `content-length`, unless the headers have one. Lines end with LF alone.
    ///
    /// - Parameter version: The session's version; nil before one is agreed upon, which escapes nothing. Where nothing is escaped, octets
    ///   that would end a line become blanks.
    public func encoded(for version: STOMPVersion?) -> [UInt8] {
        let escaping = HeaderEscaping(version, command)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 + headers.entries.count * 32 + body.count)
        bytes.append(contentsOf: command.rawValue.utf8)
        bytes.append(UInt8(ascii: "\n"))
        for entry in headers.entries { escaping.write(entry.name, entry.value, to: &bytes) }
        if !body.isEmpty, headers["content-length"] == nil {
            escaping.write("content-length", String(body.count), to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: body)
        bytes.append(0)
        return bytes
    }
}
