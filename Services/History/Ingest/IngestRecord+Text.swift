extension IngestRecord {
    /// Refuses a text that Postgres would refuse, and with it the whole transaction that it is in.
    static func check(_ text: [UInt8], _ field: StaticString) throws(IngestRejection) {
        let (hasNUL, isASCII) = scan(text)
        guard !hasNUL else { throw IngestRejection(reason: "the field '\(field)' has a NUL character") }
        guard isASCII || String(validating: text, as: UTF8.self) != nil else {
            throw IngestRejection(reason: "the field '\(field)' is not UTF-8")
        }
    }

    /// One look without a branch in it, which is all that most texts need.
    private static func scan(_ bytes: [UInt8]) -> (hasNUL: Bool, isASCII: Bool) {
        var (least, all) = (UInt8.max, UInt8.zero)
        for byte in bytes {
            least = min(least, byte)
            all |= byte
        }
        return (!bytes.isEmpty && least == 0, all < 0x80)
    }
}
