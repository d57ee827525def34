#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Numbers of which the first are common and the last are rare: the n-th comes about as often as 1/n, as words and conversations do.
struct PowerLaw {
    private let logarithm: Double
    private let count: Int

    /// Numbers from 0 up to `count`, which is not among them.
    init(count: Int) {
        self.count = count
        logarithm = log(Double(count + 1))
    }

    func next(using generator: inout some RandomNumberGenerator) -> Int {
        min(count - 1, Int(exp(Double.random(in: 0..<1, using: &generator) * logarithm)) - 1)
    }
}
