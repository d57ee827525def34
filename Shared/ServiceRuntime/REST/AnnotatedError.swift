import HTTPTypes

/// An error on its way out that its answer gets headers with, whatever the answer will be.
struct AnnotatedError: Error {
    let underlying: any Error
    let headers: HTTPFields

    init(_ underlying: any Error, _ headers: HTTPFields) {
        self.underlying = underlying
        self.headers = headers
    }
}
