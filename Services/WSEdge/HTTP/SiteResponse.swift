import HTTPTypes
import NIOCore
import ServiceRuntime

/// An answer to a plain request.
struct SiteResponse: Sendable {
    let status: Int
    let headers: [(String, String)]
    let body: ByteBuffer

    init(status: Int, headers: [(String, String)], body: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The same with more headers.
    func adding(_ more: [(String, String)]) -> SiteResponse {
        SiteResponse(status: status, headers: headers + more, body: body)
    }

    /// A JSON document, not to be kept.
    init(json: [UInt8]) {
        self.init(
            status: 200, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
            body: ByteBuffer(bytes: json))
    }

    init(_ problem: Problem) {
        var headers = problem.headers.map { ($0.name.rawName, $0.value) }
        if problem.status == .upgradeRequired {
            headers += [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
        }
        self.init(status: problem.status.code, headers: headers, body: ByteBuffer(bytes: problem.body))
    }
}
