public import Logging

/// What a service is given at its start: its settings and the means to be seen.
public struct ServiceContext: Sendable {
    /// The service's name, such as `ws-edge`.
    public let service: String
    public let settings: Settings
    public let logger: Logger
    /// The metrics of the process, also reached through swift-metrics.
    public let metrics: PrometheusRegistry
    /// What `/readyz` answers.
    public let readiness: Readiness

    /// A context of its parts; ``Bootstrap`` makes the one of a process.
    public init(
        service: String, settings: Settings, logger: Logger, metrics: PrometheusRegistry = PrometheusRegistry(),
        readiness: Readiness = Readiness()
    ) {
        self.service = service
        self.settings = settings
        self.logger = logger
        self.metrics = metrics
        self.readiness = readiness
    }
}
