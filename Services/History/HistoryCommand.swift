import ServiceRuntime

@main
struct HistoryCommand {
    static func main() async {
        await Bootstrap.run(
            "history", summary: "Keeps the log in Postgres and answers what was said.",
            settings: HistoryConfiguration.settings, body: HistoryServer.services)
    }
}
