import Logging
import ServiceLifecycle

/// One of several parts that stop in order.
struct ProbePart: Service {
    struct Failed: Error, CustomStringConvertible {
        let description = "the part failed"
    }

    let name: String
    let behavior: String
    let logger: Logger

    func run() async throws {
        logger.info("part starts", metadata: ["part": "\(name)"])
        if behavior == "fails" { throw Failed() }
        try await gracefulShutdown()
        if behavior == "hangs" {
            logger.info("part hangs", metadata: ["part": "\(name)"])
            try? await Task.sleep(for: .seconds(3600))
            logger.info("part was cancelled", metadata: ["part": "\(name)"])
        }
        logger.info("part stops", metadata: ["part": "\(name)"])
    }
}
