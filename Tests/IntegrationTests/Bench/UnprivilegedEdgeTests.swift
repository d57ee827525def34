import Glibc
import TestStack
import Testing

/// A user of every Debian, who owns nothing.
private let anotherUser = "daemon"

private func isPossible() async throws -> Bool {
    guard getuid() == 0 else { return false }
    var launch = ChildProcess.Launch(try Programs.own("ws-edge"), ["--version"])
    launch.user = anotherUser
    return (try? await ChildProcess.run("ws-edge", launch, within: .seconds(10)))?.code == 0
}

extension IntegrationTests {
    /// An edge that is not root: a socket option that only root may set once had each of its connections reset.
    @Suite(
        .enabled("only root can start an edge as another user, who must be able to read where it was built") {
            try await isPossible()
        }
    )
    struct Unprivileged {
        @Test func anEdgeThatIsNotRootServesConnections() async throws {
            let stack = try await Stack.start(Stack.Plan { $0.edges = 1 })
            let edge = stack.edges[0]
            try await edge.stop()
            await edge.run(as: anotherUser)
            try await edge.start()
            var process = stat()
            #expect(unsafe stat("/proc/\(try #require(await edge.pid))", &process) == 0)
            #expect(process.st_uid != 0)

            let alice = try await stack.connect("alice")
            let bob = try await stack.connect("bob")
            try await alice.send("user:bob", "hello")
            try await bob.message("hello")
            try await stack.stop()
        }
    }
}
