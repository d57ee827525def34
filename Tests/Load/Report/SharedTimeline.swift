import Synchronization

/// A timeline that several tasks write.
final class SharedTimeline: Sendable {
    let state: Mutex<Timeline>

    init(start: UInt64) { state = Mutex(Timeline(start: start)) }
}
