import ServiceRuntime

@main
struct HistoryCommand {
    static func main() async {
        await Bootstrap.run(
            "history", summary: "keeps the log in Postgres and answers what was said.",
            settings: HistoryConfiguration.settings, body: HistoryServer.services)
    }
}
