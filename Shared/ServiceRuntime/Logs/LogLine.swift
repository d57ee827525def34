import Logging

/// One event, ready to be written.
struct LogLine {
    let time: Timestamp
    let level: Logger.Level
    let label: String
    let message: String
    let metadata: [(key: String, value: Logger.MetadataValue)]

    /// The names that metadata cannot have in JSON, being taken.
    private static let reserved: Set<String> = ["time", "level", "service", "logger", "message"]

    func text(format: LogFormat, service: String) -> String {
        switch format {
        case .text: plainText(service: service)
        case .json: json(service: service)
        }
    }

    private func plainText(service: String) -> String {
        var line = "\(time.text) \(level.rawValue) \(label == service ? label : "\(service)/\(label)"): "
        line += Self.oneLine(message)
        for (key, value) in metadata {
            line += " \(Self.oneLine(key))="
            let shown = value.description
            if shown.isEmpty || shown.contains(where: { $0 == " " || $0 == "\"" || $0.isNewline }) {
                line.appendJSONString(shown)
            } else {
                line += shown
            }
        }
        return line
    }

    private func json(service: String) -> String {
        var line = "{\"time\":\"\(time.text)\",\"level\":\"\(level.rawValue)\",\"service\":"
        line.appendJSONString(service)
        line += ",\"logger\":"
        line.appendJSONString(label)
        line += ",\"message\":"
        line.appendJSONString(message)
        for (key, value) in metadata {
            line += ","
            line.appendJSONString(Self.reserved.contains(key) ? "\(key)_" : key)
            line += ":"
            Self.append(value, to: &line)
        }
        return line + "}"
    }

    private static func append(_ value: Logger.MetadataValue, to line: inout String) {
        switch value {
        case .string(let text): line.appendJSONString(text)
        case .stringConvertible(let integer as Int): line += String(integer)
        case .stringConvertible(let boolean as Bool): line += String(boolean)
        case .stringConvertible(let other): line.appendJSONString(other.description)
        case .array(let values):
            line += "["
            for (index, value) in values.enumerated() {
                if index > 0 { line += "," }
                append(value, to: &line)
            }
            line += "]"
        case .dictionary(let values):
            line += "{"
            for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line += "," }
                line.appendJSONString(key)
                line += ":"
                append(value, to: &line)
            }
            line += "}"
        }
    }

    /// Text in which a line break cannot start a line of its own, so that nobody forges one.
    private static func oneLine(_ text: String) -> String {
        guard text.contains(where: \.isNewline) else { return text }
        return String(text.map { $0.isNewline ? " " : $0 })
    }
}
