/// Why the matrix, or a report of it, cannot be made, with the remedy.
struct MatrixError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
