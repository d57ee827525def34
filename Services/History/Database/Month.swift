/// A calendar month in UTC: what one partition of the messages holds.
struct Month: Hashable, Comparable, Sendable {
    /// Months since the year 0.
    let index: Int64

    init(index: Int64) { self.index = index }

    /// The month of an instant in milliseconds since the Unix epoch.
    ///
    /// Days to years and months as in https://howardhinnant.github.io/date_algorithms.html#civil_from_days
    init(milliseconds: Int64) {
        let days = milliseconds / 86_400_000 + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // Counted from March, so that the leap day is the last of a year.
        let month = (5 * dayOfYear + 2) / 153
        index = (yearOfEra + era * 400) * 12 + month + 2
    }

    /// Its first instant, in milliseconds since the Unix epoch.
    var start: Int64 {
        let fromMarch = index - 2
        let (year, month) = (fromMarch / 12, fromMarch % 12)
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + (153 * month + 2) / 5
        return (era * 146_097 + dayOfEra - 719_468) * 86_400_000
    }

    func advanced(by months: Int64) -> Month { Month(index: index + months) }

    static func < (left: Month, right: Month) -> Bool { left.index < right.index }
}
