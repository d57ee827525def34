import TestStack

/// Waits until `condition` holds, for 20 s at most.
func eventually(line: Int = #line, _ condition: () async throws -> Bool) async throws {
    try await TestStack.eventually("the condition of line \(line)", within: .seconds(20), holds: condition)
}
