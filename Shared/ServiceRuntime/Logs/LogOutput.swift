#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where log lines go: all loggers of a process share one.
struct LogOutput: Sendable {
    let service: String
    let format: LogFormat
    let redaction: LogRedaction
    /// Takes one line with its line feed.
    let sink: @Sendable (String) -> Void

    func write(_ line: LogLine) {
        sink(redaction.clean(line.text(format: format, service: service)) + "\n")
    }

    /// Writes to standard error, a line in one call so that lines of several threads do not mix.
    static func standardError(service: String, format: LogFormat, redaction: LogRedaction) -> LogOutput {
        LogOutput(service: service, format: format, redaction: redaction) { writeToStandardError($0) }
    }
}

/// Writes all of `text` to standard error; a broken pipe loses it rather than ending the process.
func writeToStandardError(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
        var rest = unsafe UnsafeRawBufferPointer(bytes)[...]
        while unsafe !rest.isEmpty {
            let written = unsafe write(STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written > 0 {
                unsafe rest = rest.dropFirst(written)
            } else if errno != EINTR {
                return
            }
        }
    }
}
