import Foundation
import TestStack

/// What it runs on and of, in words for a table: nothing that names the machine itself.
enum Machine {
    /// Cores, processor, memory and operating system.
    static var description: String {
        let processor = field("model name", in: "/proc/cpuinfo") ?? "unknown processor"
        let system = field("PRETTY_NAME", in: "/etc/os-release", separator: "=")?
            .trimmingCharacters(in: ["\""])
        let memory = Double(ProcessInfo.processInfo.physicalMemory) / 1_073_741_824
        return "\(ProcessInfo.processInfo.activeProcessorCount) cores of \(processor), "
            + String(format: "%.0f GiB", memory) + (system.map { ", \($0)" } ?? "")
    }

    /// The commit of the working tree, marked when something is not committed; "unknown" outside a clone.
    static func commit() async -> String {
        guard let git = try? Programs.installed("git", package: "git") else { return "unknown" }
        func run(_ arguments: String...) async -> String? {
            let launch = ChildProcess.Launch(git, ["-C", Programs.packageFolder] + arguments)
            guard let result = try? await ChildProcess.run("git", launch, within: .seconds(20)), result.code == 0
            else { return nil }
            return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        guard let commit = await run("rev-parse", "--short=10", "HEAD") else { return "unknown" }
        let isChanged = await run("status", "--porcelain", "--untracked-files=no").map { !$0.isEmpty } ?? false
        return isChanged ? "\(commit) and changes" : commit
    }

    /// `debug` or `release`.
    static var build: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }

    private static func field(_ name: String, in file: String, separator: Character = ":") -> String? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            let parts = line.split(separator: separator, maxSplits: 1)
            if parts.count == 2 { return parts[1].trimmingCharacters(in: .whitespaces) }
        }
        return nil
    }
}
