import CLibPQ

/// Where the database is and how long to wait for it.
public struct PostgresConfiguration: Sendable {
    /// The URL as given; it may hold a password, so it is never printed.
    let url: String
    /// Whom the server lists in `pg_stat_activity`.
    public var applicationName: String
    /// The longest that making a connection may take. Default 5 s.
    public var connectTimeout: Duration = .seconds(5)
    /// The longest that the server may work on a statement (`statement_timeout`). Default 10 s. Two seconds past it the
    /// connection itself is given up: the server or the network between is gone.
    public var statementTimeout: Duration = .seconds(10)
    /// The longest to wait for a lock (`lock_timeout`). Default 5 s.
    public var lockTimeout: Duration = .seconds(5)
    /// Settings for each session, by name, set when it starts.
    public var parameters: [String: String] = [:]

    /// The place, without user and password: `host:port/database`.
    public let place: String

    /// A configuration for a `postgres://` or `postgresql://` URL, with what libpq allows in one.
    ///
    /// Throws `configuration` when it cannot be read; the error does not repeat the URL.
    /// Source: https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING
    public init(url: String, applicationName: String) throws(PostgresError) {
        let remedy = "write postgres://user:password@host:5432/database, with special characters percent-encoded"
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw PostgresError(.configuration, "the database URL does not start with postgres://; \(remedy)")
        }
        guard !url.utf8.contains(0) else {
            throw PostgresError(.configuration, "the database URL holds a NUL character; \(remedy)")
        }
        // libpq's own message repeats the URL, password and all.
        guard let parsed = unsafe PQconninfoParse(url, nil) else {
            throw PostgresError(.configuration, "the database URL cannot be read; \(remedy)")
        }
        defer { unsafe PQconninfoFree(parsed) }
        var values: [String: String] = [:]
        var option = unsafe parsed
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe values[String(cString: keyword)] = String(cString: value)
            }
            unsafe option += 1
        }
        let ports = (values["port"] ?? "5432").split(separator: ",")
        guard ports.allSatisfy({ UInt16($0).map { $0 > 0 } ?? false }) else {
            throw PostgresError(.configuration, "the database URL's port is no number from 1 to 65535; \(remedy)")
        }
        self.url = url
        self.applicationName = applicationName
        password = values["password"]
        place =
            "\(values["host"] ?? values["hostaddr"] ?? "localhost"):\(values["port"] ?? "5432")/"
            + (values["dbname"] ?? values["user"] ?? "")
    }

    /// To strike it out of anything that libpq says.
    let password: String?
}
