import Testing

@testable import TestStack

struct LatencyHistogramTests {
    @Test func percentilesAreRightWithinAThirtieth() {
        var histogram = LatencyHistogram()
        for value in 1...10_000 { histogram.add(microseconds: UInt64(value)) }
        let latency = histogram.latency
        #expect(abs(latency.p50 - 5) < 0.2)
        #expect(abs(latency.p99 - 9.9) < 0.35)
        #expect(latency.max == 10)
    }

    @Test func nothingMeasuredIsNothing() { #expect(LatencyHistogram().latency.max == 0) }
}
