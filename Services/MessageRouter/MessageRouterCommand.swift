@main
struct MessageRouterCommand {
    static func main() async {}
}
