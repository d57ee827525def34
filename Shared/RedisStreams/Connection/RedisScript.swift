internal import Crypto

/// A Lua script, kept as a file of its own in `Scripts/`, and called by its digest.
/// Source: https://redis.io/docs/latest/develop/interact/programmability/eval-intro/
public struct RedisScript: Sendable {
    /// What is loaded, and called by its digest.
    final class Form: Sendable {
        let source: [UInt8]
        /// SHA-1 of the source, in hex.
        let digest: String
        /// How each call of it begins: EVALSHA and the digest, encoded.
        let call: [UInt8]

        init(_ source: [UInt8]) {
            self.source = source
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

    let name: StaticString
    /// For one call.
    let one: Form
    /// For several calls in one, see `Scripts/many.lua`; nil where that is not worth it. All calls of such a script have as many keys.
    let many: Form?

    /// A script of its file's bytes. The prelude (`less`, `now_ms`) is put before it.
    init(_ name: StaticString, _ body: [UInt8], isOftenCalled: Bool = false) {
        self.name = name
        one = Form(PackageResources.prelude_lua + body)
        many =
            isOftenCalled
            ? Form(
                PackageResources.prelude_lua + Array("local function call(KEYS, ARGV)\n".utf8) + body
                    + Array("\nend\n".utf8) + PackageResources.many_lua) : nil
    }

    var source: [UInt8] { one.source }
    var digest: String { one.digest }
    var forms: [Form] { [one] + (many.map { [$0] } ?? []) }
}
