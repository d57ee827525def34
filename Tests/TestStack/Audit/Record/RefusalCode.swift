/// Why something was refused, as a number for the record.
enum RefusalCode {
    private static let names = [
        "", "bad_request", "unauthorized", "forbidden", "not_found", "too_large", "rate_limited", "busy", "internal",
    ]

    static func number(_ code: String) -> UInt16 {
        if code.hasPrefix("http "), let status = UInt16(code.dropFirst(5)) { return status }
        return UInt16(names.firstIndex(of: code) ?? 0)
    }

    static func name(_ number: UInt16) -> String {
        names.indices.contains(Int(number)) && number > 0 ? names[Int(number)] : "http \(number)"
    }

    /// Whether the same is to be tried again later.
    static func isTemporary(_ code: String) -> Bool { code == "busy" || code == "rate_limited" }
}
