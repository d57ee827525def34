import CoreMetrics
import Logging
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is set up once in a process, before anything runs.
struct ProcessSetup {
    let context: ServiceContext
    private let shutdownTimeout: Duration

    /// Sets up logs, metrics, signals and limits as the settings say.
    init(service: String, settings: Settings) throws(SettingsError) {
        let level = try Self.choice(of: "log-level", in: Logger.Level.allCases, settings)
        let format = try Self.choice(of: "log-format", in: LogFormat.allCases, settings)
        shutdownTimeout = try settings.duration("shutdown-timeout", in: .seconds(1)...(.seconds(3600)))

        let output = LogOutput.standardError(
            service: service, format: format, redaction: LogRedaction(secrets: settings.secrets))
        LoggingSystem.bootstrap(
            { label, provider in
                LineLogHandler(label: label, level: level, output: output, metadataProvider: provider)
            }, metadataProvider: nil)
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        ProcessMetrics.add(to: registry)
        // Otherwise a write to a connection that the other side has closed would end the process.
        signal(SIGPIPE, SIG_IGN)
        // Until the services run and are stopped in turn, a stop is simple; and where there is no handler, the first process of a container
        // would not be stopped at all.
        for stop in [SIGTERM, SIGINT] { signal(stop) { _ in _exit(0) } }
        Self.raiseDescriptorLimit()
        context = ServiceContext(
            service: service, settings: settings, logger: Logger(label: service), metrics: registry)
    }

    /// Runs what `body` makes until a signal asks it to stop.
    func run(_ body: (ServiceContext) async throws -> [any Service]) async throws {
        context.readiness.notReady("start", "the service is starting")
        let services = try await body(context)
        context.readiness.ready("start")
        let watch = ShutdownWatch(context: context, timeout: shutdownTimeout)
        // A failure stops the others in order instead of cancelling them in the middle of their work.
        let running = (services + [watch]).map {
            ServiceGroupConfiguration.ServiceConfiguration(
                service: $0, failureTerminationBehavior: .gracefullyShutdownGroup,
                serviceName: "\(type(of: $0))")
        }
        var configuration = ServiceGroupConfiguration(
            services: running, gracefulShutdownSignals: [.sigterm, .sigint], logger: context.logger)
        configuration.maximumGracefulShutdownDuration = shutdownTimeout
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            throw StopTimeout(limit: shutdownTimeout)
        }
        context.logger.info("stopped")
    }

    private static func choice<Choice: RawRepresentable<String>>(
        of name: String, in choices: [Choice], _ settings: Settings
    ) throws(SettingsError) -> Choice {
        let text = try settings.string(name)
        guard let choice = Choice(rawValue: text.lowercased()) else {
            throw SettingsError(
                name, "is \"\(text)\"", remedy: "give one of \(choices.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// Lets the process open as many connections as the system allows it.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(ProcessMetrics.descriptorLimit, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe _ = setrlimit(ProcessMetrics.descriptorLimit, &limit)
    }
}
