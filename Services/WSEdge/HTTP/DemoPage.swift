import FoundationEssentials
import NIOCore
import ServiceRuntime

/// A file of the demo, held in memory.
struct DemoPage: Sendable {
    private let headers: [(String, String)]
    private let body: ByteBuffer
    private let tag: String

    /// Scripts and styles only from here, no frames around it; to any WebSocket, since each edge has an address of its own.
    private static let policy =
        "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
        + "frame-ancestors 'none'"

    init(_ data: Data, type: String) {
        body = ByteBuffer(bytes: data)
        // FNV-1a: a tag, not a safeguard.
        let hash = data.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        tag = "\"\(String(hash, radix: 36))\""
        headers = [
            ("Content-Type", type), ("ETag", tag), ("Cache-Control", "no-cache"),
            ("Content-Security-Policy", Self.policy), ("Referrer-Policy", "no-referrer"),
        ]
    }

    func response(ifNoneMatch known: String?) -> SiteResponse {
        let isKnown = known.map { $0 == "*" || $0.contains(tag) } ?? false
        return SiteResponse(status: isKnown ? 304 : 200, headers: headers, body: isKnown ? ByteBuffer() : body)
    }

    /// All files of the demo by their path, `/demo/…`. They are read once, so no request ever names a file.
    ///
    /// - Parameters:
    ///   - folder: Where the page is; nil: beside the executable, as `swift build` puts it, or in share/switchboard/demo of an installation.
    ///   - clients: Where the client library is that the page imports, `/demo/switchboard/…`, with its examples, `/demo/examples/…`; nil: in that folder, or beside it.
    /// - Throws: ``SettingsError`` when they are not there.
    static func all(in folder: String?, clients: String? = nil) throws -> [String: DemoPage] {
        let page = try find("index.html", in: folder.map { [$0] } ?? defaultFolders, what: "the demo page")
        let clients = try find(
            "switchboard/index.js", in: clients.map { [$0] } ?? [page, page + "/.."], what: "the demo's client library")
        var pages = try files(in: page, at: "/demo/")
        for name in ["switchboard", "examples"] {
            pages.merge(try files(in: "\(clients)/\(name)", at: "/demo/\(name)/")) { one, _ in one }
        }
        return pages
    }

    private static func find(_ file: String, in candidates: [String], what: String) throws -> String {
        guard let folder = candidates.first(where: { FileManager.default.fileExists(atPath: "\($0)/\(file)") }) else {
            throw SettingsError(
                "demo-path", "does not lead to \(what) (looked in \(candidates.joined(separator: ", ")))",
                remedy: "give the folder that has the demo's index.html, or switch the demo off")
        }
        return folder
    }

    private static func files(in folder: String, at path: String) throws -> [String: DemoPage] {
        var pages: [String: DemoPage] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            guard let type = types[name.split(separator: ".").last.map(String.init) ?? ""],
                let data = FileManager.default.contents(atPath: "\(folder)/\(name)")
            else { continue }
            pages[path + name] = DemoPage(data, type: type)
        }
        return pages
    }

    private static var defaultFolders: [String] {
        let executable =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let folder = executable.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
        return [folder + "/switchboard_WSEdge.resources/Demo", folder + "/../share/switchboard/demo"]
    }

    private static let types = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon", "json": "application/json",
        "webmanifest": "application/manifest+json", "woff2": "font/woff2",
    ]
}
