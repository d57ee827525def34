/// What was measured says nothing: exit code 2.
struct InvalidRun: Error, CustomStringConvertible {
    let description: String

    init(_ reason: String) { description = "the run is invalid: \(reason)" }
}
