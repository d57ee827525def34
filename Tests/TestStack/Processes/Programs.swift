import Foundation

/// Finds the programs that tests run: ours beside the running one, others on the PATH.
package enum Programs {
    /// The folder that the running test bundle or executable was built into; `SWITCHBOARD_BIN` overrides it.
    package static var buildFolder: String {
        if let folder = ProcessInfo.processInfo.environment["SWITCHBOARD_BIN"] { return folder }
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: own).deletingLastPathComponent().path
    }

    /// The folder of the package: the nearest one above the running program that holds a Package.swift.
    package static var packageFolder: String {
        var folder = URL(fileURLWithPath: buildFolder)
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
                return folder.path
            }
            folder.deleteLastPathComponent()
        }
        return FileManager.default.currentDirectoryPath
    }

    /// The path of one of this package's executables.
    /// - Throws: ``TestStackError`` `missingProgram` when it has not been built.
    package static func own(_ name: String) throws(TestStackError) -> String {
        let path = "\(buildFolder)/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestStackError(.missingProgram, "\(path) is missing: build it with `swift build --product \(name)`")
        }
        return path
    }

    /// The path of an installed program.
    /// - Parameters:
    ///   - name: the program's name.
    ///   - folders: where to look besides the PATH; `*` stands for any folder, the last in order wins.
    ///   - package: the Debian package to name in the remedy.
    /// - Throws: ``TestStackError`` `missingProgram`, with the command that installs it.
    package static func installed(
        _ name: String, besides folders: [String] = [], package: String
    ) throws(TestStackError) -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let places =
            folders + path.split(separator: ":").map(String.init) + ["/usr/local/bin", "/usr/bin", "/usr/sbin"]
        for place in places {
            let candidate = "\(place)/\(name)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw TestStackError(.missingProgram, "\(name) is not installed: apt-get install \(package)")
    }
}
