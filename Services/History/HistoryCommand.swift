@main
struct HistoryCommand {
    static func main() async {}
}
