/// Reads frames from bytes that come in pieces of any size: a frame may be split over several WebSocket messages, and a message may hold several.
///
/// What the specifications leave open is settled so:
/// - Lines end with LF or CR LF in every version. End-of-lines between frames (heart-beats) are skipped.
/// - A header's first colon ends its name; further unescaped colons belong to the value, as several clients write them.
/// - A NUL in the place of the blank line ends a frame without body, as in the specification's own example of DISCONNECT.
/// - 1.0 has blanks around names and values trimmed; 1.1 and 1.2 keep them.
///
/// After an error the parser must not be used again. Source: https://stomp.github.io/stomp-specification-1.2.html#Augmented_BNF
public struct STOMPFrameParser: Sendable {
    private let limits: STOMPLimits
    private var buffer: [UInt8] = []
    /// Where the frame begins that is being read.
    private var start = 0
    /// Where the line, or the body, begins that is being read.
    private var place = 0
    /// Up to where the line or body has been looked through for its end.
    private var scanned = 0
    private var command: STOMPCommand?
    private var headers = STOMPHeaders()
    private var body: Body?

    private enum Body {
        /// Ends at the first NUL.
        case toNUL
        /// Has this many bytes, and a NUL behind.
        case length(Int)
    }

    /// A parser at the beginning of a connection.
    public init(limits: STOMPLimits = STOMPLimits()) { self.limits = limits }

    /// Bytes that were appended and belong to no frame yet.
    public var waitingBytes: Int { buffer.count - start }

    /// Adds bytes behind those that wait.
    public mutating func append(_ bytes: Span<UInt8>) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 4_096)
            forward(by: start)
        } else if start > 4_096 {
            buffer.removeSubrange(..<start)
            forward(by: start)
        }
        buffer.reserveCapacity(buffer.count + bytes.count)
        for index in bytes.indices { buffer.append(bytes[index]) }
    }

    private mutating func forward(by count: Int) {
        place -= count
        scanned -= count
        start = 0
    }

    /// The `receipt` of the frame that is being read, as far as it has come: what an error in the rest of it can still name.
    public var receipt: String? { headers["receipt"] }

    /// The next frame, or nil until more bytes come.
    ///
    /// - Parameter version: The version agreed upon, which says how headers are escaped; nil before that.
    /// - Throws: ``STOMPError`` at the first byte that breaks the grammar or a limit: `malformedFrame`, `unknownCommand`, `undefinedEscape`,
    ///   `tooManyHeaders`, `headersTooLarge`, `bodyTooLarge`, `badHeader` (a `content-length` that is no number).
    public mutating func next(version: STOMPVersion?) throws(STOMPError) -> STOMPFrame? {
        if body == nil {
            if command == nil, place == start { try skipEndsOfLines() }
            guard try readHead(version) else { return nil }
            if body == nil { return take(body: [], end: place) }
        }
        return try readBody()
    }

    private mutating func skipEndsOfLines() throws(STOMPError) {
        while start < buffer.count {
            if buffer[start] == UInt8(ascii: "\n") {
                start += 1
            } else if buffer[start] == UInt8(ascii: "\r") {
                // Half of an end-of-line: the other half is still to come.
                guard start + 1 < buffer.count else { break }
                guard buffer[start + 1] == UInt8(ascii: "\n") else {
                    throw STOMPError(.malformedFrame, "between frames a CR is followed by an LF")
                }
                start += 2
            } else {
                break
            }
        }
        place = start
        scanned = start
    }

    // MARK: Command and headers

    /// True when the head is whole: `body` then says how the body ends, or is nil when there is none to come.
    private mutating func readHead(_ version: STOMPVersion?) throws(STOMPError) -> Bool {
        while true {
            guard let end = try endOfLine() else { return false }
            if buffer[end] == 0 {
                guard command != nil, end == place else {
                    throw STOMPError(.malformedFrame, "a frame's headers end with a blank line")
                }
                place = end + 1
                return true
            }
            var line = buffer[place..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            place = end + 1
            scanned = place
            guard let command else {
                command = try Self.command(line)
                continue
            }
            if line.isEmpty {
                body = try lengthOfBody()
                return true
            }
            try read(header: line, of: command, version)
        }
    }

    /// Where the line ends: at its LF, or at a NUL before that.
    private mutating func endOfLine() throws(STOMPError) -> Int? {
        while scanned < buffer.count {
            guard scanned - start < limits.headerBytes else { break }
            if buffer[scanned] == UInt8(ascii: "\n") || buffer[scanned] == 0 { return scanned }
            scanned += 1
        }
        guard scanned - start < limits.headerBytes else {
            throw STOMPError(
                .headersTooLarge, "a frame's command and headers have at most \(limits.headerBytes) bytes")
        }
        return nil
    }

    private static func command(_ line: ArraySlice<UInt8>) throws(STOMPError) -> STOMPCommand {
        guard let name = String(validating: line, as: UTF8.self),
            let command = STOMPCommand.allCases.first(where: { $0.rawValue.isSame(as: name) })
        else {
            throw STOMPError(.unknownCommand, "a frame's first line is one of the protocol's commands, in capitals")
        }
        return command
    }

    private mutating func read(
        header line: ArraySlice<UInt8>, of command: STOMPCommand, _ version: STOMPVersion?
    ) throws(STOMPError) {
        guard headers.entries.count < limits.headers else {
            throw STOMPError(.tooManyHeaders, "a frame has at most \(limits.headers) headers")
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
            throw STOMPError(.malformedFrame, "a header is a name, a colon and a value")
        }
        if version == .v12, command.escapesHeaders, line.contains(UInt8(ascii: "\r")) {
            throw STOMPError(.malformedFrame, "in 1.2 a CR in a header is written as \\r")
        }
        let escaping = HeaderEscaping(version, command)
        let name = try escaping.read(line[..<colon])
        let value = try escaping.read(line[(colon + 1)...])
        if version == .v10 { headers.append(name.trimmed, value.trimmed) } else { headers.append(name, value) }
    }

    // MARK: Body

    private func lengthOfBody() throws(STOMPError) -> Body {
        guard let text = headers["content-length"]?.trimmed else { return .toNUL }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            throw STOMPError(.badHeader, "header 'content-length' is a number of bytes")
        }
        // A number too large for an Int is too large for a body.
        guard let length = Int(text), length <= limits.bodyBytes else { throw bodyTooLarge }
        return .length(length)
    }

    private mutating func readBody() throws(STOMPError) -> STOMPFrame? {
        switch body {
        case .length(let length):
            guard buffer.count - place > length else { return nil }
            guard buffer[place + length] == 0 else {
                throw STOMPError(.malformedFrame, "a NUL follows the body after as many bytes as 'content-length' says")
            }
            return take(body: Array(buffer[place..<place + length]), end: place + length + 1)
        case .toNUL, nil:
            scanned = max(scanned, place)
            while scanned < buffer.count, buffer[scanned] != 0 { scanned += 1 }
            guard scanned - place <= limits.bodyBytes else { throw bodyTooLarge }
            guard scanned < buffer.count else { return nil }
            return take(body: Array(buffer[place..<scanned]), end: scanned + 1)
        }
    }

    private var bodyTooLarge: STOMPError {
        STOMPError(.bodyTooLarge, "a frame's body has at most \(limits.bodyBytes) bytes")
    }

    private mutating func take(body: [UInt8], end: Int) -> STOMPFrame? {
        defer {
            start = end
            place = end
            scanned = end
            command = nil
            headers = STOMPHeaders()
            self.body = nil
        }
        return command.map { STOMPFrame($0, headers, body: body) }
    }
}
