import CZlib
import Foundation
import Histogram

/// Writes latencies as a histogram log, version 1.3: what HdrHistogram's tools in other languages read, merge and plot.
///
/// Source: HdrHistogram's `HistogramLogWriter` and its V2 encoding: a head, then the counts of all buckets as ZigZag LEB128 numbers, a run of empty buckets as
/// one negative number; compressed by zlib, and in Base64.
struct HistogramLog {
    private(set) var text: String

    /// A log that begins at `start`, in seconds since the epoch.
    init(start: Double, comment: String) {
        text = """
            #[\(comment)]
            #[Histogram log format version 1.3]
            #[StartTime: \(String(format: "%.3f", start)) (seconds since epoch)]
            "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"

            """
    }

    /// Adds what was recorded within an interval. Times in seconds since the log's start; the greatest value in milliseconds.
    /// - Parameter tag: what the latencies are of: no blank, comma or line end.
    mutating func add(_ recorder: LatencyRecorder, tag: String, from: Double, length: Double) {
        let longest = recorder.count == 0 ? 0 : Double(recorder.histogram.max) / 1_000_000
        text += String(format: "Tag=%@,%.3f,%.3f,%.3f,", tag, from, length, longest)
        text += Data(Self.compressed(Self.encoded(recorder.histogram))).base64EncodedString() + "\n"
    }

    // MARK: Encoding

    /// The cookies of the format's second version, for counts of any size.
    private static let cookie: UInt32 = 0x1c84_9313
    private static let compressedCookie: UInt32 = 0x1c84_9314

    static func encoded(_ histogram: Histogram<UInt32>) -> [UInt8] {
        var counts: [UInt8] = []
        var empty: Int64 = 0
        var left = histogram.totalCount
        for bucket in histogram.allValues() {
            guard left > 0 else { break }
            guard bucket.count > 0 else {
                empty += 1
                continue
            }
            if empty > 0 { write(zigZag: -empty, to: &counts) }
            empty = 0
            write(zigZag: Int64(bucket.count), to: &counts)
            left -= UInt64(bucket.count)
        }
        var bytes: [UInt8] = []
        write(cookie, to: &bytes)
        write(UInt32(counts.count), to: &bytes)
        // The place of the first bucket.
        write(UInt32(0), to: &bytes)
        write(UInt32(histogram.numberOfSignificantValueDigits.rawValue), to: &bytes)
        write(histogram.lowestDiscernibleValue, to: &bytes)
        write(histogram.highestTrackableValue, to: &bytes)
        // By what whole numbers are to be multiplied.
        write(Double(1).bitPattern, to: &bytes)
        return bytes + counts
    }

    static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var size = uLong(compressBound(uLong(bytes.count)))
        var packed = [UInt8](repeating: 0, count: Int(size))
        let code = unsafe packed.withUnsafeMutableBufferPointer { target in
            unsafe bytes.withUnsafeBufferPointer { source in
                unsafe compress(target.baseAddress, &size, source.baseAddress, uLong(source.count))
            }
        }
        precondition(code == Z_OK, "zlib could not compress \(bytes.count) bytes")
        var result: [UInt8] = []
        write(compressedCookie, to: &result)
        write(UInt32(size), to: &result)
        return result + packed.prefix(Int(size))
    }

    private static func write<Number: FixedWidthInteger>(_ number: Number, to bytes: inout [UInt8]) {
        for place in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Number(place)))
        }
    }

    /// Seven bits a byte, the lowest first; a ninth byte has eight.
    static func write(zigZag value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        for _ in 0..<8 {
            guard rest >= 0x80 else { return bytes.append(UInt8(rest)) }
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
