import Foundation
import Synchronization

/// A program built beside the tests, run by a test.
final class RunningProcess: Sendable {
    /// How it ended and what it wrote.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    struct NotBuilt: Error {
        let path: String
    }

    private let process: Process
    private let lines: AsyncStream<String>
    private let errors = Mutex("")
    private let outputPipe = Pipe()
    private let exits: AsyncStream<Int32>

    /// Starts `program`, with nothing of the tests' environment but what is given.
    init(_ program: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
        let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let executable = folder.appending(path: program)
        guard FileManager.default.isExecutableFile(atPath: executable.path) else {
            throw NotBuilt(path: executable.path)
        }
        process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = environment
        process.standardOutput = outputPipe
        let errorPipe = Pipe()
        process.standardError = errorPipe
        let (exits, exited) = AsyncStream.makeStream(of: Int32.self)
        self.exits = exits
        process.terminationHandler = { process in
            exited.yield(process.terminationStatus)
            exited.finish()
        }
        let (lines, found) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        try process.run()
        // A thread of its own: reading blocks, and the tests' pool has few threads.
        Thread.detachNewThread { [self] in
            var rest = ""
            while let data = try? errorPipe.fileHandleForReading.read(upToCount: 1), !data.isEmpty {
                let text = String(decoding: data, as: UTF8.self)
                errors.withLock { $0 += text }
                rest += text
                if text == "\n" {
                    found.yield(rest)
                    rest = ""
                }
            }
            found.finish()
        }
    }

    /// Waits for a line on standard error that has `text`; nil when the process ends without.
    func line(with text: String) async -> String? {
        for await line in lines where line.contains(text) { return line }
        return nil
    }

    func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    func outcome() async -> Outcome {
        var status: Int32 = -1
        for await exit in exits { status = exit }
        for await _ in lines {}
        let output = outputPipe.fileHandleForReading.readDataToEndOfFile()
        return Outcome(
            status: status, output: String(decoding: output, as: UTF8.self), errors: errors.withLock { $0 })
    }
}
