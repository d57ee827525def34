/// Takes secrets out of log lines, whoever wrote them there.
///
/// The values of secret settings and the passwords of URLs are replaced wherever they occur; metadata under a name that says secret is not shown at all.
struct LogRedaction: Sendable {
    static let replacement = "[redacted]"

    private let secrets: [String]

    /// - Parameter secrets: What to take out; those shorter than 4 characters would also match by chance and are left alone.
    init(secrets: [String]) {
        self.secrets = secrets.filter { $0.count >= 4 }
    }

    func clean(_ line: String) -> String {
        var result = line
        for secret in secrets where result.contains(secret) {
            result = result.replacing(secret, with: Self.replacement)
        }
        return result
    }

    /// Whether metadata of this name is never shown.
    static func hides(_ name: String) -> Bool {
        switch name.lowercased() {
        case "token", "authorization", "password", "secret", "passcode", "cookie": true
        default: false
        }
    }
}
