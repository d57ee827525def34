/// Something that is done for each message, frame or recipient, by itself: no sockets, no Redis, no threads.
///
/// What it takes is told as a ratio to a ``Reference`` that runs in turns with it, so that the same figure holds on a slow machine, on a fast one and on one that
/// is busy with other things.
public struct Workload: Sendable {
    /// How many operations one slice has. Long enough that the clock does not count, short enough that some slices are not disturbed.
    public static let operations = 1_000

    /// What is done, to whom it may concern: "area: what".
    public let name: String
    /// What it is compared with.
    public let reference: Reference
    /// How many times the reference's time it took when this was written, or last improved.
    public let usual: Double
    private let make: @Sendable () -> () -> Void

    init(
        _ name: String, against reference: Reference, usual: Double, _ make: @escaping @Sendable () -> () -> Void
    ) {
        self.name = name
        self.reference = reference
        self.usual = usual
        self.make = make
    }

    /// Gets ready, and gives what does one slice: ``operations`` operations.
    public func slice() -> () -> Void { make() }

    /// All of them.
    public static let all: [Workload] = webSocket + json + cbor + log + redis + delivery + stomp + sockJS
}

/// Has the compiler believe that a result is needed.
@_optimize(none)
func keep<Value: ~Copyable>(_ value: borrowing Value) {}

/// What must have come of it: otherwise the workload would measure something else.
func made<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a workload does not do what it says") }
    return value
}
