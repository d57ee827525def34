internal import Foundation

/// Runs `body` on a new thread, for work that blocks, and waits for its end.
func onThread<Value: Sendable>(named name: String, _ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { (ended: CheckedContinuation<Value, Never>) in
        let thread = Thread { ended.resume(returning: body()) }
        thread.name = name
        thread.start()
    }
}

/// Holds the calling thread for a while.
func pauseThread(_ duration: Duration) {
    Thread.sleep(forTimeInterval: duration.inSeconds)
}
