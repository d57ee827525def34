internal import Crypto

/// A Lua script, kept as a file of its own in `Scripts/`, and called by its digest.
/// Source: https://redis.io/docs/latest/develop/interact/programmability/eval-intro/
public struct RedisScript: Sendable {
    let name: StaticString
    let source: [UInt8]
    /// SHA-1 of the source, in hex.
    let digest: String
    /// How each call of it begins: EVALSHA and the digest, encoded.
    let call: [UInt8]

    /// A script of its file's bytes. The prelude (`less`, `now_ms`) is put before it.
    init(_ name: StaticString, _ body: [UInt8]) {
        self.name = name
        source = PackageResources.prelude_lua + body
        digest = Insecure.SHA1.hash(data: source).map { byte in
            let hex = String(byte, radix: 16)
            return hex.count == 1 ? "0" + hex : hex
        }.joined()
        var call = RESPEncoder()
        call.append("EVALSHA")
        call.append(digest)
        self.call = call.bytes
    }
}
