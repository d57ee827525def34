import NIOCore
import NIOPosix
import TestStack
import Testing

/// A relay in front of a server that says back what it is told.
@Suite struct LinkProxyTests {
    /// Starts both, and ends both.
    private func withProxy(_ body: (LinkProxy) async throws -> Void) async throws {
        let echo = try await EchoServer.start()
        let proxy = try await LinkProxy.start(to: echo.port)
        do {
            try await body(proxy)
        } catch {
            try? await proxy.stop()
            try? await echo.stop()
            throw error
        }
        try await proxy.stop()
        try await echo.stop()
    }

    @Test func passesWhatBothSay() async throws {
        try await withProxy { proxy in
            let peer = try await LinkPeer.connect(proxy.port)
            try await peer.send("hello")
            try await peer.expect("hello")
            #expect(try await proxy.connections == 1)
            await peer.close()
            try await eventually("the link is forgotten") { try await proxy.connections == 0 }
        }
    }

    @Test func whatIsSaidInSilenceArrivesAfterIt() async throws {
        try await withProxy { proxy in
            let peer = try await LinkPeer.connect(proxy.port)
            try await peer.send("before ")
            try await peer.expect("before ")
            try await proxy.set(.silent)
            try await peer.send("meanwhile ")
            let new = try await LinkPeer.connect(proxy.port)
            try await new.send("new")
            // Proof that nothing passes is that nothing has after another link has been taken and told something.
            try await eventually("the new link is taken") { try await proxy.connections == 2 }
            #expect(peer.text == "before ")
            #expect(peer.isOpen && new.isOpen)
            try await proxy.set(.pass)
            try await peer.expect("before meanwhile ")
            try await new.expect("new")
        }
    }

    @Test func theEndOfALinkPassesOnlyAfterTheSilence() async throws {
        try await withProxy { proxy in
            let peer = try await LinkPeer.connect(proxy.port)
            try await peer.send("a")
            try await peer.expect("a")
            try await proxy.set(.silent)
            await peer.close()
            #expect(try await proxy.connections == 1)
            try await proxy.set(.pass)
            try await eventually("the link is forgotten") { try await proxy.connections == 0 }
        }
    }

    @Test func aResetEndsAllLinksAndNewOnesPass() async throws {
        try await withProxy { proxy in
            let peer = try await LinkPeer.connect(proxy.port)
            try await peer.send("a")
            try await peer.expect("a")
            try await proxy.reset()
            try await eventually("the peer sees the reset") { !peer.isOpen }
            #expect(peer.wasReset)
            let new = try await LinkPeer.connect(proxy.port)
            try await new.send("b")
            try await new.expect("b")
        }
    }

    @Test func aSlowedLinkTakesItsTimeInBothDirections() async throws {
        try await withProxy { proxy in
            let peer = try await LinkPeer.connect(proxy.port)
            try await proxy.set(.slowed(.milliseconds(40)))
            let begin = ContinuousClock.now
            try await peer.send("a")
            try await peer.expect("a")
            #expect(ContinuousClock.now - begin >= .milliseconds(80))
        }
    }

    @Test func muchPassesInOneGo() async throws {
        try await withProxy { proxy in
            let peer = try await LinkPeer.connect(proxy.port)
            let text = String(repeating: "0123456789abcdef", count: 500_000)
            try await peer.send(text)
            try await eventually("8 MB have come back", within: .seconds(60)) { peer.count == text.utf8.count }
        }
    }

    @Test func aServerThatIsGoneEndsTheLink() async throws {
        let port = try FreePort.next()
        let proxy = try await LinkProxy.start(to: port)
        let peer = try await LinkPeer.connect(proxy.port)
        try await eventually("the link ends") { !peer.isOpen }
        try await proxy.stop()
    }
}
