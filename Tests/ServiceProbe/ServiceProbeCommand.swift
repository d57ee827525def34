import Logging
import Metrics
import ServiceLifecycle
import ServiceRuntime

/// A service without a purpose, for the tests of how a process lives: its setting `behavior` says what goes wrong.
@main
struct ServiceProbeCommand {
    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    static func main() async {
        let settings =
            Setting.common + [
                .port(0), Setting("behavior", default: "good", help: "What goes wrong."),
                Setting("secret", help: "A secret.", isSecret: true),
            ]
        await Bootstrap.run("service-probe", summary: "Tries a process.", settings: settings) { context in
            let behavior = try context.settings.string("behavior")
            switch behavior {
            case "cannot-start": throw Broken(description: "REDIS_URL is out of order: give another")
            case "tells": throw Broken(description: "cannot use \(try context.settings.string("redis-url"))")
            case "waits":
                context.logger.info("waiting")
                try await Task.sleep(for: .seconds(3600))
            case "wrong-setting": _ = try context.settings.integer("behavior", in: 1...2)
            default: break
            }
            context.logger.info("secret is \(context.settings.optionalString("secret") ?? "none")")
            Counter(label: "probe.starts").increment()
            let part = { (name: String, behavior: String) in
                ProbePart(name: name, behavior: behavior, logger: context.logger)
            }
            let rest = RESTService(
                context: context, host: try context.settings.string("host"),
                port: try context.settings.integer("port", in: 0...65535),
                authenticate: { _ in throw Broken(description: "no tokens here") }, routes: { _ in })
            return [part("first", "good"), part("second", behavior), part("third", "good"), rest]
        }
    }
}
