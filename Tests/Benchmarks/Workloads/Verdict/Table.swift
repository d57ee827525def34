/// The figures of a verdict, for a person.
public enum Table {
    private static let columns = ["", "ns", "reference", "ratio", "limit", "per second", "instructions"]

    /// A line for each workload, below one that names the columns.
    public static func lines(_ rows: [Verdict.Row]) -> [String] {
        let cells = [columns] + rows.map(cells)
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { cells in
            cells.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - cells[column].count)
                return column == 0 ? cells[column] + blanks : blanks + cells[column]
            }.joined(separator: "  ")
        }
    }

    private static func cells(_ row: Verdict.Row) -> [String] {
        guard let measurement = row.measurement else {
            return [row.name, "-", "-", "-", figure(row.limit), "-", "-"]
        }
        return [
            row.name, figure(measurement.work), figure(measurement.reference), measurement.ratio.map(figure) ?? "-",
            figure(row.limit), figure(measurement.rate), measurement.instructions.map(figure) ?? "-",
        ]
    }

    /// A number with three digits that count: 0.123, 1.23, 12.3, 123, 1,234,567.
    static func figure(_ value: Double) -> String {
        guard abs(value) < 1e15 else { return "-" }
        var decimals = 0
        var (limit, scale) = (100.0, 1.0)
        while decimals < 3, value < limit {
            decimals += 1
            limit /= 10
            scale *= 10
        }
        let digits = String(Int((value * scale).rounded()))
        guard decimals > 0 else { return grouped(digits) }
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }

    private static func grouped(_ digits: String) -> String {
        var result = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return result
    }
}
