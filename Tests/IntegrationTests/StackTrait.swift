import TestStack
import Testing

/// Starts a ``Stack`` before the first test of a suite and ends it after the last.
struct StackTrait: SuiteTrait, TestScoping {
    var plan: Stack.Plan

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let stack = try await Stack.start(plan)
        do {
            try await Stack.$current.withValue(stack) { try await function() }
        } catch {
            try? await stack.stop()
            throw error
        }
        try await stack.stop()
    }
}

extension Trait where Self == StackTrait {
    /// One stack for the whole suite.
    static var stack: Self { StackTrait(plan: .init()) }

    /// One stack for the whole suite, other than usual.
    static func stack(_ change: @Sendable (inout Stack.Plan) -> Void) -> Self {
        StackTrait(plan: Stack.Plan { change(&$0) })
    }
}

extension Stack {
    @TaskLocal static var current: Stack?
}

/// The stack of the suite.
func theStack() throws -> Stack { try #require(Stack.current, "the suite lacks the trait .stack") }

/// A name that no other test uses.
func fresh(_ name: String) -> String { "\(name)-\(UInt32.random(in: .min ... .max))" }
