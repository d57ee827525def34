/// What went wrong in the test bench itself, or what did not happen within its limit, with the remedy where there is one.
package struct TestStackError: Error, CustomStringConvertible {
    /// What kind of failure it is.
    package enum Code: Sendable {
        /// Something did not happen within its limit.
        case timedOut
        /// A program is not installed or not built.
        case missingProgram
        /// A process ended by itself, or could not be started.
        case process
        /// The other side closed the connection or refused it.
        case connection
    }

    package let code: Code
    package let description: String

    /// An error of its parts.
    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
