import FoundationEssentials

/// A JWKS file of a test, in a folder of its own.
final class JWKSFile {
    let path: String

    init(_ keys: [String]) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "jwks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "keys.json").path
        try write(keys)
    }

    deinit {
        try? FileManager.default.removeItem(at: URL(filePath: path).deletingLastPathComponent())
    }

    func write(_ keys: [String]) throws {
        try write(raw: "{\"keys\":[\(keys.joined(separator: ","))]}")
    }

    /// Replaces the file as an operator's tool does: written beside it and renamed.
    func write(raw: String) throws {
        try Data(raw.utf8).write(to: URL(filePath: path), options: .atomic)
    }
}
