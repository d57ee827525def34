import ServiceRuntime

@main
struct MessageRouterCommand {
    static func main() async {
        await Bootstrap.run(
            "message-router", summary: MessageRouterConfiguration.summary, settings: MessageRouterConfiguration.settings
        ) { context in
            try await MessageRouterServer(context, MessageRouterConfiguration(context.settings)).services
        }
    }
}
