/// Names, labels and numbers as the Prometheus text format wants them.
enum PrometheusText {
    /// A metric's name: all but ASCII letters, digits, `_` and `:` become `_`, and a digit does not come first.
    static func name(_ label: String) -> String { cleaned(label, allowingColon: true) }

    /// Labels without braces, sorted by name so that the order in which they are given makes no other metric.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions
            .map { (cleaned($0.0, allowingColon: false), escaped($0.1)) }
            .sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\($0.1)\"" }
            .joined(separator: ",")
    }

    /// The help of a metric: a backslash and a line feed are escaped.
    static func escapedHelp(_ help: String) -> String {
        help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return String(value)
    }

    /// Appends one line: the name, its labels and one more of them, and the value.
    static func append(
        to text: inout String, name: String, suffix: String = "", labels: String, extra: String = "", value: String
    ) {
        text += name
        text += suffix
        if !labels.isEmpty || !extra.isEmpty {
            text += "{"
            text += labels
            if !labels.isEmpty && !extra.isEmpty { text += "," }
            text += extra
            text += "}"
        }
        text += " "
        text += value
        text += "\n"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func cleaned(_ text: String, allowingColon: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
            case "0"..."9":
                if result.isEmpty { result += "_" }
                result.unicodeScalars.append(scalar)
            case ":" where allowingColon: result += ":"
            default: result += "_"
            }
        }
        return result.isEmpty ? "_" : result
    }
}
