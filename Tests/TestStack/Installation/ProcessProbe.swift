import Foundation

/// What /proc says of a process and its children: processor time and memory. Source: proc(5).
package struct ProcessProbe: Codable, Sendable {
    /// Processor seconds spent so far, in user and kernel mode, children included (Postgres has one for each connection).
    package var processor = 0.0
    /// Resident memory in bytes, of the process itself.
    package var resident = 0

    /// Looks at a process; nil when there is none.
    package init?(pid: Int32) {
        guard let own = Self.times(pid) else { return nil }
        processor = own.own + own.waited
        for child in Self.children(pid) { processor += Self.times(child)?.own ?? 0 }
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return nil }
        for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            resident = (line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
        }
    }

    /// Seconds of its own, and of children that have ended and were waited for.
    private static func times(_ pid: Int32) -> (own: Double, waited: Double)? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 14 else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        func seconds(_ place: Int) -> Double { (Double(fields[place]) ?? 0) / ticks }
        return (seconds(11) + seconds(12), seconds(13) + seconds(14))
    }

    private static func children(_ pid: Int32) -> [Int32] {
        let text = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        return (text ?? "").split(separator: " ").compactMap { Int32($0) }
    }

    /// The process that listens at the port of a URL on this machine; nil when that cannot be told.
    package static func listener(at url: String) -> Int32? {
        guard let port = URLComponents(string: url)?.port,
            let table = try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)
        else { return nil }
        let wanted = ":" + String(port, radix: 16, uppercase: true).leftPadded(to: 4)
        let inodes = table.split(separator: "\n").dropFirst().compactMap { line -> String? in
            let fields = line.split(separator: " ")
            // 0A is the state LISTEN.
            guard fields.count > 9, fields[1].hasSuffix(wanted), fields[3] == "0A" else { return nil }
            return "socket:[\(fields[9])]"
        }
        guard let inode = inodes.first else { return nil }
        let files = FileManager.default
        for entry in (try? files.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = Int32(entry) else { continue }
            for descriptor in (try? files.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
            where (try? files.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(descriptor)")) == inode {
                return pid
            }
        }
        return nil
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: "0", count: max(0, width - count)) + self
    }
}
