/// Asks for `value` again and again until it is not nil, and returns it.
///
/// Tests wait with this and never by sleeping: it returns as soon as the value is there, and says what was missing when it never came.
/// - Parameters:
///   - what: what is waited for, for the error message.
///   - limit: how long to wait at most.
/// - Throws: ``TestStackError`` `timedOut`; an error thrown by `value` ends the wait at once.
@discardableResult
package func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(30), _ value: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await value() { return value }
        guard ContinuousClock.now < deadline else {
            throw TestStackError(.timedOut, "\(what): not within \(limit)")
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Waits until `condition` holds.
/// - Throws: ``TestStackError`` `timedOut`; an error thrown by `condition` ends the wait at once.
package func eventually(
    _ what: String, within limit: Duration = .seconds(30), holds condition: () async throws -> Bool
) async throws {
    try await eventually(what, within: limit) { try await condition() ? true : nil }
}
