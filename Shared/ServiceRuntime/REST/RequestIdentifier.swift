import HTTPTypes
import Hummingbird
import HummingbirdCore

/// The id under which a request is found in the logs of all services.
enum RequestIdentifier {
    static let header = HTTPField.Name("X-Request-Id")!

    /// The one it bears, if that is fit for a log (1 to 128 of `A-Z a-z 0-9 . _ -`), else a new one.
    static func of(_ request: Request) -> String {
        if let given = request.headers[header], isValid(given) { return given }
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - number.utf8.count) + number
    }

    static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
