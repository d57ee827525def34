/// What is wrong with something read from a stream or from a client. Descriptions carry no payload.
public struct MessagingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Code: Sendable {
        /// A stream entry lacks a field or has one that cannot be read.
        case badEntry
        /// A client's frame breaks the contract.
        case badFrame
    }

    public let code: Code
    /// What is wrong and what to do, in one sentence, naming the field.
    public let description: String
    /// The `n` of the frame at fault, if it could be read.
    public let n: UInt64?

    /// An error of its parts.
    public init(_ code: Code, _ description: String, n: UInt64? = nil) {
        self.code = code
        self.description = description
        self.n = n
    }
}
