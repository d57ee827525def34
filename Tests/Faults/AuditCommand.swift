import TestStack

/// `switchboard-audit`: proves what the contract promises, or shows where it does not hold.
@main
struct AuditCommand {
    static func main() async {}
}
