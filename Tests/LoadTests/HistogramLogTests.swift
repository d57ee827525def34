import CZlib
import Foundation
import Testing

@testable import LoadTest

/// The log is read here by a reader written from the format's description, not from the writer.
@Suite struct HistogramLogTests {
    @Test func whatWasRecordedIsReadBackToThreeDigits() throws {
        var recorder = LatencyRecorder()
        let values: [UInt64] = [1000, 1500, 2_000_000, 2_000_000, 50_000_000, 3_599_000_000_000]
        for value in values { recorder.add(nanoseconds: value) }
        let read = try HistogramReader(HistogramLog.compressed(HistogramLog.encoded(recorder.histogram)))
        #expect(read.digits == 3 && read.ratio == 1)
        let found = read.counts.flatMap { Array(repeating: $0.value, count: Int($0.count)) }
        #expect(found.count == values.count)
        for (value, place) in zip(values, found) {
            #expect(abs(Double(place) - Double(value)) <= max(1024, Double(value) / 1000), "\(place) for \(value)")
        }
    }

    @Test func aThousandEqualTimesAreOneCount() throws {
        var recorder = LatencyRecorder()
        for _ in 0..<1000 { recorder.add(nanoseconds: 7_000_000) }
        let read = try HistogramReader(HistogramLog.compressed(HistogramLog.encoded(recorder.histogram)))
        #expect(read.counts.map(\.count) == [1000])
    }

    @Test func nothingRecordedIsAHistogramOfNothing() throws {
        let read = try HistogramReader(HistogramLog.compressed(HistogramLog.encoded(LatencyRecorder().histogram)))
        #expect(read.counts.isEmpty)
    }

    @Test(
        arguments: [
            (0, [0]), (-1, [1]), (1, [2]), (-64, [0x7f]), (64, [0x80, 1]), (-300, [0xd7, 4]),
            (.max, [0xfe] + [UInt8](repeating: 0xff, count: 8)), (.min, [UInt8](repeating: 0xff, count: 9)),
        ] as [(Int64, [UInt8])])
    func numbersAreZigZagInSevenBitsAByteAndTheNinthHasEight(value: Int64, bytes: [UInt8]) {
        var written: [UInt8] = []
        HistogramLog.write(zigZag: value, to: &written)
        #expect(written == bytes)
        var place = 0
        #expect(HistogramReader.zigZag(written, &place) == value && place == bytes.count)
    }

    @Test func aLineHasItsTagItsTimesInSecondsAndTheLongestInMilliseconds() throws {
        var recorder = LatencyRecorder()
        recorder.add(nanoseconds: 12_000_000)
        var log = HistogramLog(start: 1_793_500_000.25, comment: "loadtest system")
        log.add(recorder, tag: "one-to-one-delivery", from: 1.5, length: 20)
        let lines = log.text.split(separator: "\n").map(String.init)
        #expect(lines[1] == "#[Histogram log format version 1.3]")
        #expect(lines[2].hasPrefix("#[StartTime: 1793500000.250 "))
        let fields = try #require(lines.last).split(separator: ",").map(String.init)
        #expect(fields.prefix(3) == ["Tag=one-to-one-delivery", "1.500", "20.000"])
        #expect(abs((Double(fields[3]) ?? 0) - 12) < 0.1)
        let bytes = try #require(Data(base64Encoded: fields[4]))
        #expect(try HistogramReader(Array(bytes)).counts.map(\.count) == [1])
    }
}

/// Reads the second version of HdrHistogram's encoding.
private struct HistogramReader {
    struct Failure: Error {}

    var digits = 0
    var ratio = 0.0
    /// The middle of each bucket that is not empty, with how many are in it.
    var counts: [(value: UInt64, count: Int64)] = []

    init(_ packed: [UInt8]) throws {
        guard Self.number(packed, 0) == 0x1c84_9314, Int(Self.number(packed, 4)) == packed.count - 8 else {
            throw Failure()
        }
        let bytes = try Self.inflated(Array(packed.dropFirst(8)))
        guard Self.number(bytes, 0) == 0x1c84_9313, Int(Self.number(bytes, 4)) == bytes.count - 40 else {
            throw Failure()
        }
        digits = Int(Self.number(bytes, 12))
        let lowest = UInt64(Self.number(bytes, 16)) << 32 | UInt64(Self.number(bytes, 20))
        ratio = Double(bitPattern: UInt64(Self.number(bytes, 32)) << 32 | UInt64(Self.number(bytes, 36)))
        // The least power of two that keeps so many digits, twice; the unit is the least power of two up to the lowest value.
        var half = 1
        while half * 2 < 2 * Int(pow(10, Double(digits))) { half *= 2 }
        let unit = UInt64(63 - lowest.leadingZeroBitCount)
        var (place, index) = (40, 0)
        while place < bytes.count {
            let count = Self.zigZag(bytes, &place)
            guard count > 0 else {
                index += Int(-count)
                continue
            }
            // The first bucket has twice as many places; each one after it, places twice as wide.
            let bucket = max(0, index / half - 1)
            let width = UInt64(1) << (unit + UInt64(bucket))
            let within = bucket == 0 ? index : index - (bucket * half)
            counts.append((UInt64(within) * width + width / 2, count))
            index += 1
        }
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> UInt32 {
        bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    static func zigZag(_ bytes: [UInt8], _ place: inout Int) -> Int64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = UInt64(bytes[place])
            place += 1
            if shift == 56 {
                value |= byte << shift
                break
            }
            value |= (byte & 0x7f) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    private static func inflated(_ bytes: [UInt8]) throws -> [UInt8] {
        var result = [UInt8](repeating: 0, count: 1 << 20)
        var size = uLong(result.count)
        let code = unsafe result.withUnsafeMutableBufferPointer { target in
            unsafe bytes.withUnsafeBufferPointer { source in
                unsafe uncompress(target.baseAddress, &size, source.baseAddress, uLong(source.count))
            }
        }
        guard code == Z_OK else { throw Failure() }
        return Array(result.prefix(Int(size)))
    }
}
