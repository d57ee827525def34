/// How a server compresses messages: what its operator wishes, before a client has asked for anything.
/// Source: https://www.rfc-editor.org/rfc/rfc7692
public struct CompressionPolicy: Sendable, Hashable {
    /// Whether what was said before helps to compress what is said next (context takeover).
    ///
    /// If so each session holds a compressor and a decompressor. If not they are shared by all sessions of a thread, and a message that
    /// goes to many is compressed once.
    public var takesOver: Bool
    /// The base-2 logarithm of the window in bytes, 9 to 15. zlib cannot do 8.
    public var windowBits: Int
    /// zlib's level, 1 (fast) to 9 (small).
    public var level: Int
    /// Messages shorter than this, in bytes, go as they are.
    public var threshold: Int

    public init(takesOver: Bool, windowBits: Int, level: Int = 3, threshold: Int = 256) {
        self.takesOver = takesOver
        self.windowBits = min(15, max(9, windowBits))
        self.level = min(9, max(1, level))
        self.threshold = max(0, threshold)
    }

    /// zlib's measure of its tables, which take 512 bytes times two to the power of it: as much as the window takes.
    var memoryLevel: Int { min(8, windowBits - 7) }
}
