/// What a client sends: messages as JSON, decoded to UTF-8 texts.
public enum SockJSPayload {
    /// Why a payload is refused; the description is the body of the answer, which has status 500. A WebSocket is closed instead.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// There is nothing, or JSON that is no array of strings.
        case payloadExpected
        /// It is not JSON.
        case brokenJSON
        /// There are more messages in it than the limit given.
        case tooManyMessages

        public var description: String {
            switch self {
            case .payloadExpected: "Payload expected."
            case .brokenJSON: "Broken JSON encoding."
            case .tooManyMessages: "Too many messages."
            }
        }
    }

    /// How many messages one payload may have, unless another limit is given.
    public static let maximumMessages = 1_000

    /// The messages of an `xhr_send`: an array of strings. The request's content type does not matter.
    /// - Throws: ``Fault``.
    public static func messages(
        ofXHR body: [UInt8], maximum: Int = maximumMessages
    ) throws(Fault) -> [[UInt8]] {
        guard !body.isEmpty else { throw .payloadExpected }
        return try decode(body, allowsOne: false, maximum)
    }

    /// The messages of a `jsonp_send`: the array in the form's field `d`, or as the body of any other content type.
    /// - Throws: ``Fault``.
    public static func messages(
        ofJSONP body: [UInt8], contentType: String?, maximum: Int = maximumMessages
    ) throws(Fault) -> [[UInt8]] {
        let type = contentType?.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard type == "application/x-www-form-urlencoded" else { return try messages(ofXHR: body, maximum: maximum) }
        guard let field = QueryText.value(of: "d", in: body[...]), !field.isEmpty else { throw .payloadExpected }
        return try decode(field, allowsOne: false, maximum)
    }

    /// The messages of a WebSocket's text message: an array of strings or one string; none for an empty message.
    /// - Throws: ``Fault``.
    public static func messages(
        ofWebSocket text: [UInt8], maximum: Int = maximumMessages
    ) throws(Fault) -> [[UInt8]] {
        text.isEmpty ? [] : try decode(text, allowsOne: true, maximum)
    }

    private static func decode(_ bytes: [UInt8], allowsOne: Bool, _ maximum: Int) throws(Fault) -> [[UInt8]] {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .brokenJSON }
        var reader = JSONReader(bytes)
        guard let value = reader.document(maximum: maximum) else { throw .brokenJSON }
        switch value {
        case .array(let strings): return strings
        case .string(let string) where allowsOne: return [string]
        case .string, .other: throw .payloadExpected
        case .tooMany: throw .tooManyMessages
        }
    }
}
