/// A call that cannot be understood, with what to do instead.
struct AdminError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
