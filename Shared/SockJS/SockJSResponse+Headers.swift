// What several answers have in common.
extension SockJSResponse {
    /// A year in seconds.
    static let year = "31536000"

    static let plain = Header("Content-Type", "text/plain; charset=UTF-8")

    /// For answers that never change. A date far away stands in for "in a year", so that an answer is the same at any time.
    static let cached = [
        Header("Cache-Control", "public, max-age=\(year)"), Header("Expires", "Thu, 31 Dec 2037 23:55:55 GMT"),
    ]

    private static let credentials = Header("Access-Control-Allow-Credentials", "true")

    /// For answers that are someone's own.
    static let uncached = [Header("Cache-Control", "no-store, no-cache, must-revalidate, max-age=0")]

    /// Any origin may read the answer, with credentials. `null`, as pages from files have it, cannot be named and becomes `*`. That goes without credentials, and a browser that
    /// asks before its request is told so, as later editions of the public tests want it; elsewhere version 0.3.3 has the header in every answer.
    static func crossOrigin(_ request: Request) -> [Header] {
        var headers: [Header] = []
        if let origin = clean(request.origin), origin != "null" {
            headers += [
                Header("Access-Control-Allow-Origin", origin), Header("Vary", "Origin"), credentials,
            ]
        } else {
            headers.append(Header("Access-Control-Allow-Origin", "*"))
            if request.origin != "null" || request.requestedMethod == nil { headers.append(credentials) }
        }
        if let requested = clean(request.requestedHeaders) {
            headers.append(Header("Access-Control-Allow-Headers", requested))
        }
        return headers
    }

    /// The cookie by which load balancers know a session again: what the client has, else `dummy`.
    static func sessionCookie(_ request: Request) -> Header {
        var value = "dummy"
        for part in (request.cookie ?? "").split(separator: ";") {
            let pair = part.drop { $0 == " " }
            guard pair.hasPrefix("JSESSIONID=") else { continue }
            let own = pair.dropFirst("JSESSIONID=".count)
            if (1...256).contains(own.utf8.count), own.utf8.allSatisfy(isCookieOctet) { value = String(own) }
            break
        }
        return Header("Set-Cookie", "JSESSIONID=\(value); path=/")
    }

    /// Source: https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1
    private static func isCookieOctet(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x2b, 0x2d...0x3a, 0x3c...0x5b, 0x5d...0x7e: true
        default: false
        }
    }

    /// A header's value that can be written back; nil when it is empty or would not stay in its line.
    private static func clean(_ value: String?) -> String? {
        guard let value, !value.isEmpty, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return nil }
        return value
    }

    /// The page is given by the protocol, to the letter.
    static func iframePage(_ script: String) -> String {
        """
        <!DOCTYPE html>
        <html>
        <head>
          <meta http-equiv="X-UA-Compatible" content="IE=edge" />
          <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
          <script>
            document.domain = document.domain;
            _sockjs_onload = function(){SockJS.bootstrap_iframe();};
          </script>
          <script src="\(attribute(script))"></script>
        </head>
        <body>
          <h2>Don't panic!</h2>
          <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
        </body>
        </html>

        """
    }

    private static func attribute(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
        return result
    }

    /// FNV-1a, 64 bits: enough to tell one version of the page from another.
    static func hash(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
