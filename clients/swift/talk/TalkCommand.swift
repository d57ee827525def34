import Foundation
import SwitchboardClient

/// A conversation in a terminal: what you type goes to one user, what anybody sends you is shown.
///
///     TOKEN=… [DEVICE=terminal] [SWITCHBOARD=http://127.0.0.1:8080] [CERTIFICATE=….pem] swift run talk <user>
@main
struct TalkCommand {
    /// What is said; the pages of the demo say the same.
    struct Saying: Codable, Sendable {
        var text: String
    }

    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard CommandLine.arguments.count == 2, let token = environment["TOKEN"] else {
            print("TOKEN=… swift run talk <user>")
            exit(64)
        }
        let partner = "user:\(CommandLine.arguments[1])"
        let gateway = environment["SWITCHBOARD"] ?? "http://127.0.0.1:8080"
        var configuration = ClientConfiguration(
            url: gateway.replacing("http", with: "ws", maxReplacements: 1) + "/ws",
            device: environment["DEVICE"] ?? "terminal")
        if let file = environment["CERTIFICATE"], !file.isEmpty { configuration.trustedCertificates = file }
        let client = try SwitchboardClient(configuration) { token }

        try await withThrowingTaskGroup { group in
            group.addTask { try await client.run() }
            group.addTask { await show(client) }
            for await line in lines() where !line.isEmpty {
                let sending = try client.post(Saying(text: line), to: partner)
                group.addTask { await tell(line, sending) }
            }
            // The input has ended: what is still on its way goes first.
            while client.pending > 0 { try await Task.sleep(for: .milliseconds(50)) }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private static func show(_ client: SwitchboardClient) async {
        for await event in client.events {
            switch event {
            case .state(let state): print("· \(text(state))")
            case .message(let message):
                let text = (try? message.decode(Saying.self).text) ?? String(decoding: message.json, as: UTF8.self)
                print("\(message.from): \(text)")
            default: break
            }
        }
    }

    private static func text(_ state: ConnectionState) -> String {
        switch state {
        case .idle: "idle"
        case .connecting: "connecting"
        case .open(let edge): "open \(edge)"
        case .waiting(let milliseconds, _): "waiting \(milliseconds) ms"
        case .stopped(let error): "stopped" + (error.map { ": \($0)" } ?? "")
        }
    }

    private static func tell(_ text: String, _ sending: Sending) async {
        do {
            print("  (\(text): kept as \(try await sending.accepted.id))")
        } catch {
            print("  (\(text): not sent, \(error))")
        }
    }

    /// The lines of the standard input, read on a thread that may wait.
    private static func lines() -> AsyncStream<String> {
        AsyncStream { continuation in
            Thread.detachNewThread {
                while let line = readLine() { continuation.yield(line) }
                continuation.finish()
            }
        }
    }
}
