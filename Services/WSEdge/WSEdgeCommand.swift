@main
struct WSEdgeCommand {
    static func main() async {}
}
