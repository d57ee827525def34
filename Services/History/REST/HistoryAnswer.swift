import Crypto
import HTTPTypes
import Hummingbird
import NIOCore

/// What the routes of history answer.
enum HistoryAnswer {
    /// A list that `json` has begun, ended with `next`. `isLasting` as below.
    static func list(_ json: JSONText, next: StoredID?, isLasting: Bool = false, to request: Request) -> Response {
        var json = json
        json.raw(#","next":"#)
        json.id(next)
        json.raw("}")
        return Self.json(json, isLasting: isLasting, to: request)
    }

    /// A document. One that is lasting may be kept by the client, and is the same when it asks again, unless something was added: it gets
    /// an `ETag`, and who has it already is answered with 304 and nothing else.
    ///
    /// It is asked for again each time, since whoever leaves a conversation or loses the token reads it no more.
    static func json(_ json: JSONText, isLasting: Bool = false, to request: Request) -> Response {
        guard isLasting else {
            return Response(
                status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: json.bytes)))
        }
        let tag = tag(json.bytes)
        var headers: HTTPFields = [.eTag: tag, .cacheControl: "private, no-cache", .vary: "Authorization"]
        if let known = request.headers[.ifNoneMatch], isKnown(tag, in: known) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = "application/json"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }

    /// The same on every instance, for the same bytes.
    private static func tag(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let hex = SHA256.hash(data: bytes).prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return "\"\(String(decoding: hex, as: UTF8.self))\""
    }

    /// Compared without regard to `W/`, which a gateway that compresses puts before it (RFC 9110, section 13.1.2).
    static func isKnown(_ tag: String, in header: String) -> Bool {
        header.split(separator: ",").contains { part in
            var part = part.drop { $0 == " " || $0 == "\t" }
            while part.last == " " || part.last == "\t" { part.removeLast() }
            if part.hasPrefix("W/") { part.removeFirst(2) }
            return part == tag || part == "*"
        }
    }
}
