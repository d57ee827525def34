import NIOCore

/// Something that lives on an event loop, reached from elsewhere.
struct Confined<Value>: Sendable {
    private let loop: any EventLoop
    private let bound: NIOLoopBound<Value>

    init(to loop: any EventLoop, _ make: @escaping @Sendable () -> Value) async throws {
        self.loop = loop
        bound = try await loop.submit { NIOLoopBound(make(), eventLoop: loop) }.get()
    }

    /// Does something with it, there.
    func run<Result: Sendable>(_ body: @escaping @Sendable (Value) -> Result) async throws -> Result {
        let bound = bound
        return try await loop.submit { body(bound.value) }.get()
    }

    /// Begins something there that takes its time.
    func call(_ body: @escaping @Sendable (Value) -> EventLoopFuture<Void>) -> EventLoopFuture<Void> {
        let bound = bound
        return loop.flatSubmit { body(bound.value) }
    }
}
