import TestStack

/// Waits until `condition` holds, named by its line.
func eventually(line: Int = #line, _ condition: () async throws -> Bool) async throws {
    try await TestStack.eventually("the condition of line \(line)", holds: condition)
}
