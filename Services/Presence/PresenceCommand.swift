@main
struct PresenceCommand {
    static func main() async {}
}
