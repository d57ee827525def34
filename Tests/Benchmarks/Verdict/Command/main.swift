import Foundation
import HotPathWorkloads

// hot-paths-verdict FILE…: what runs of the benchmarks have written, as a table. Exit code 0: nothing is slower than it may be; 1: something is; 2: a file cannot be read.
let runs: [[JMHResult]]
do {
    runs = try CommandLine.arguments.dropFirst().map { try JMHResult.read(Data(contentsOf: URL(filePath: $0))) }
} catch {
    print("The results cannot be read: \(error.localizedDescription)")
    exit(2)
}
let verdict = Verdict(runs)
for line in Table.lines(verdict.rows) { print(line) }
for hint in verdict.hints { print("Note: \(hint)") }
for failure in verdict.failures { print("Failed: \(failure)") }
exit(verdict.failures.isEmpty ? 0 : 1)
