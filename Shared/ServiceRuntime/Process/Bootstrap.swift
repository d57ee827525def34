import CoreMetrics
import FoundationEssentials
import Logging
public import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The life of a service's process, from its arguments to its exit status.
public enum Bootstrap {
    /// Runs a service: reads its settings, sets up logs and metrics, calls `body` for what the service consists of, runs that until a signal, and exits.
    ///
    /// The order of the array is the order of dependence: on SIGTERM or SIGINT the last is stopped first, and the next when it has ended. What is still
    /// running after `shutdown-timeout` is cancelled. When one of them fails, the others are stopped in the same order.
    ///
    /// Exit status: 0 after `--help`, `--version` and a stop by signal; 64 (`EX_USAGE`) for a wrong setting; 1 for anything else. Errors are printed to
    /// standard error as they describe themselves, so they name the setting and the remedy.
    ///
    /// - Parameters:
    ///   - service: The service's name, such as `ws-edge`.
    ///   - summary: One sentence for `--help` and docs/configuration.md.
    ///   - settings: All settings of the service: its own, ``Setting/common`` and what else applies.
    ///   - body: Makes what is to run. What it throws is a start-up error.
    public static func run(
        _ service: String, summary: String, settings: [Setting],
        body: (ServiceContext) async throws -> [any Service]
    ) async -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let text = information(service, summary: summary, settings: settings, arguments: arguments) {
            print(text, terminator: "")
            exit(0)
        }
        var redaction = LogRedaction(secrets: [])
        do {
            let environment = try SettingFiles.resolve(ProcessInfo.processInfo.environment, for: settings)
            let values = try Settings(declared: settings, arguments: arguments, environment: environment)
            redaction = LogRedaction(secrets: values.secrets)
            let process = try ProcessSetup(service: service, settings: values)
            try await process.run(body)
            exit(0)
        } catch {
            writeToStandardError(redaction.clean("\(service): \(error)\n"))
            exit(error is SettingsError ? 64 : 1)
        }
    }

    /// What is printed instead of running, if the arguments ask for that.
    static func information(
        _ service: String, summary: String, settings: [Setting], arguments: [String]
    ) -> String? {
        if arguments.contains("--help") || arguments.contains("-h") {
            return SettingsDocument.help(service: service, summary: summary, settings: settings)
        }
        if arguments.contains("--version") { return "\(service) \(Version.current)\n" }
        // These two are not in --help: docs/configuration.md is made of them.
        if arguments.contains("--settings-markdown") {
            return SettingsDocument.render(service: service, summary: summary, settings: settings)
        }
        if arguments.contains("--shared-settings-markdown") { return SettingsDocument.renderShared() }
        return nil
    }
}
