import Logging

/// Takes secrets out of log lines, whoever wrote them there.
///
/// The values of secret settings and the passwords of URLs are replaced wherever they occur; metadata under a name that says secret is not shown at all.
struct LogRedaction: Sendable {
    static let replacement = "[redacted]"

    private let secrets: [String]

    /// - Parameter secrets: What to take out; those shorter than 4 characters would also match by chance and are left alone.
    init(secrets: [String]) {
        self.secrets = secrets.filter { $0.count >= 4 }.flatMap { secret in
            var quoted = ""
            quoted.appendJSONString(secret)
            // Both as it is and as it stands in JSON.
            return Set([secret, String(quoted.dropFirst().dropLast())])
        }
    }

    func clean(_ line: String) -> String {
        var result = line
        for secret in secrets where result.contains(secret) {
            result = result.replacing(secret, with: Self.replacement)
        }
        return result
    }

    /// The metadata without what its name says is secret, however deep.
    static func clean(_ metadata: Logger.Metadata) -> Logger.Metadata {
        var result = metadata
        for (name, value) in metadata { result[name] = hides(name) ? .string(replacement) : clean(value) }
        return result
    }

    private static func clean(_ value: Logger.MetadataValue) -> Logger.MetadataValue {
        switch value {
        case .dictionary(let values): .dictionary(clean(values))
        case .array(let values): .array(values.map { clean($0) })
        case .string, .stringConvertible: value
        }
    }

    private static func hides(_ name: String) -> Bool {
        switch name.lowercased() {
        case "token", "authorization", "password", "secret", "passcode", "cookie": true
        default: false
        }
    }
}
