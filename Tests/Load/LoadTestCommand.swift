@main
struct LoadTestCommand {
    static func main() async {}
}
