extension IngestRecord {
    /// Refuses a text that Postgres would refuse, and with it the whole transaction that it is in.
    static func check(_ text: [UInt8], _ field: StaticString) throws(IngestRejection) {
        guard !text.contains(0) else { throw IngestRejection(reason: "the field '\(field)' has a NUL character") }
        guard String(validating: text, as: UTF8.self) != nil else {
            throw IngestRejection(reason: "the field '\(field)' is not UTF-8")
        }
    }
}
