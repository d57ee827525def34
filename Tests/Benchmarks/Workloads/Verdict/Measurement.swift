/// What a workload and its reference took, in nanoseconds of the processor's time for an operation: at their fastest, which is what they take undisturbed.
public struct Measurement: Hashable, Sendable {
    public var work: Double
    public var reference: Double
    /// Operations in a second of the clock, in the middle.
    public var rate: Double
    /// Instructions for an operation, where the machine counts them.
    public var instructions: Double?

    /// A measurement of its parts.
    public init(work: Double, reference: Double, rate: Double = 0, instructions: Double? = nil) {
        self.work = work
        self.reference = reference
        self.rate = rate
        self.instructions = instructions
    }

    /// How many times the reference's time the work takes; nil where one of them took none, and so was not measured.
    public var ratio: Double? {
        let ratio = work / reference
        return ratio.isFinite && ratio > 0 ? ratio : nil
    }

    /// The same over several runs.
    public func merged(with other: Measurement) -> Measurement {
        Measurement(
            work: min(work, other.work), reference: min(reference, other.reference), rate: max(rate, other.rate),
            instructions: [instructions, other.instructions].compactMap(\.self).min())
    }
}
