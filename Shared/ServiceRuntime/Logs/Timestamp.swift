#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A moment in UTC, to the millisecond.
struct Timestamp {
    /// Since the Unix epoch.
    let milliseconds: Int64

    static var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// As RFC 3339 has it: `2026-11-21T07:12:58.123Z`.
    var text: String {
        let days = Int(milliseconds / 86_400_000)
        let rest = Int(milliseconds % 86_400_000)
        let (year, month, day) = Self.date(daysSinceEpoch: days)
        var text = ""
        text.reserveCapacity(24)
        Self.append(year, digits: 4, to: &text)
        text += "-"
        Self.append(month, digits: 2, to: &text)
        text += "-"
        Self.append(day, digits: 2, to: &text)
        text += "T"
        Self.append(rest / 3_600_000, digits: 2, to: &text)
        text += ":"
        Self.append(rest / 60_000 % 60, digits: 2, to: &text)
        text += ":"
        Self.append(rest / 1000 % 60, digits: 2, to: &text)
        text += "."
        Self.append(rest % 1000, digits: 3, to: &text)
        return text + "Z"
    }

    /// The civil date of a day, by Howard Hinnant's `civil_from_days` (https://howardhinnant.github.io/date_algorithms.html); not before the epoch.
    private static func date(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func append(_ number: Int, digits: Int, to text: inout String) {
        let plain = String(number)
        for _ in 0..<max(0, digits - plain.utf8.count) { text += "0" }
        text += plain
    }
}
