public import HTTPTypes
public import Hummingbird

/// An error of the REST API, as [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) describes it.
///
/// Its `type` is `urn:switchboard:problem:` and the code, one of the error codes of the contract (`bad_request`, `not_found`…), which is also
/// there as `code`: clients compare either, and never read `title` or `detail`, which are for people. `detail` carries no payload or token.
public struct Problem: Error, HTTPResponseError, Hashable, CustomStringConvertible {
    public let status: HTTPResponse.Status
    /// One of the contract's error codes.
    public let code: String
    /// What is wrong with this very request and what to do about it.
    public let detail: String
    /// After how many seconds to try again; becomes the header `Retry-After`.
    public let retryAfter: Int?

    /// A problem of its parts.
    ///
    /// - Parameters:
    ///   - code: One of the contract's error codes, such as `bad_request`.
    ///   - detail: What is wrong and what to do, without payload, token or secret.
    ///   - retryAfter: In seconds.
    public init(_ status: HTTPResponse.Status, code: String, detail: String, retryAfter: Int? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.retryAfter = retryAfter
    }

    /// The media type of ``body``.
    public static let contentType = "application/problem+json"

    /// The JSON document.
    public var body: [UInt8] {
        var text = "{\"type\":\"urn:switchboard:problem:"
        text += code
        text += "\",\"title\":"
        text.appendJSONString(status.reasonPhrase)
        text += ",\"status\":\(status.code),\"code\":"
        text.appendJSONString(code)
        text += ",\"detail\":"
        text.appendJSONString(detail)
        text += "}"
        return Array(text.utf8)
    }

    /// The headers that go with it.
    public var headers: HTTPFields {
        var fields: HTTPFields = [.contentType: Self.contentType]
        if let retryAfter { fields[.retryAfter] = String(retryAfter) }
        // RFC 6750, section 3: a 401 says how to authenticate.
        if status == .unauthorized { fields[.wwwAuthenticate] = "Bearer realm=\"switchboard\"" }
        return fields
    }

    public var description: String { "\(status.code) \(code): \(detail)" }

    /// The response it makes.
    public var response: Response {
        Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }

    public func response(from request: Request, context: some RequestContext) -> Response { response }
}
