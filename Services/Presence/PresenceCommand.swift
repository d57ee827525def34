import ServiceRuntime

@main
struct PresenceCommand {
    static func main() async {
        await Bootstrap.run(
            "presence", summary: PresenceConfiguration.summary, settings: PresenceConfiguration.settings
        ) { context in
            try await PresenceServer(context, PresenceConfiguration(context.settings)).services
        }
    }
}
