import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Turns the failure to listen into an error that names the setting and the remedy, for any server of NIO.
public enum ListeningError {
    /// What a failed `bind` means: a port that is taken or privileged, an address that this machine has not, a name that does not resolve; any other
    /// error as it is.
    public static func explain(_ error: any Error, host: String, port: Int) -> any Error {
        if error is SocketAddressError.UnknownHost || error is SocketAddressError {
            return SettingsError(
                "host", "is \"\(host)\", which does not resolve", remedy: "give an address such as 127.0.0.1 or 0.0.0.0"
            )
        }
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            return SettingsError(
                "port", "is \(port), which another process on this machine listens on",
                remedy: "end that process or give another port")
        case EACCES:
            return SettingsError(
                "port", "is \(port), which this user may not open", remedy: "give a port above 1023")
        case EADDRNOTAVAIL:
            return SettingsError(
                "host", "is \"\(host)\", no address of this machine", remedy: "give one of its own, or 0.0.0.0")
        default: return error
        }
    }
}
