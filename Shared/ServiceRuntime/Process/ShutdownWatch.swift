import Logging
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Says that the service is stopping, and ends the process when even cancelling does not.
///
/// It is the last of the services, hence the first to be told to stop.
struct ShutdownWatch: Service {
    let context: ServiceContext
    let timeout: Duration

    func run() async throws {
        try await gracefulShutdown()
        context.readiness.notReady("stop", "the service is stopping")
        context.logger.info("stopping")
        let logger = context.logger
        let deadline = timeout + .seconds(5)
        // Not structured: it has to outlive this service, and ends with the process.
        Task.detached {
            try await Task.sleep(for: deadline)
            logger.critical("did not stop in time: ending the process", metadata: ["after": "\(deadline)"])
            exit(1)
        }
    }
}
