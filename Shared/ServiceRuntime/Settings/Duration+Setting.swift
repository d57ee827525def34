extension Duration {
    private static let unitMilliseconds: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// A duration from a setting's text, a bare number being in `unit`; nil when it cannot be read.
    public init?(setting text: String, unit: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits) else { return nil }
        let suffix = text.dropFirst(digits.count)
        let wanted = suffix.isEmpty ? unit : String(suffix)
        guard let scale = Self.unitMilliseconds.first(where: { $0.suffix == wanted })?.milliseconds else { return nil }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: scale)
        guard !overflow else { return nil }
        self = .milliseconds(milliseconds)
    }

    /// The duration as one would write it in a setting, in the greatest unit that fits.
    var settingText: String {
        let milliseconds = inMilliseconds
        guard milliseconds != 0 else { return "0s" }
        for (suffix, scale) in Self.unitMilliseconds.reversed() where milliseconds % scale == 0 {
            return "\(milliseconds / scale)\(suffix)"
        }
        return "\(milliseconds)ms"
    }
}
