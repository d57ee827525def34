import Messaging
import RedisStreams
import ServiceRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What an operator does to an installation from the command line.
///
/// Exit status: 0 when it was done, 1 when nothing matched, 2 when something failed, 64 when it was called wrongly.
@main
struct AdminCommand {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let text = AdminHelp.answer(to: arguments) {
            print(text, terminator: "")
            exit(0)
        }
        do {
            exit(try await run(AdminRequest(arguments)))
        } catch let error as AdminError {
            fail("\(error)", status: 64)
        } catch let error as SettingsError {
            fail("\(error)", status: 64)
        } catch let error as RedisError where error.code == .configuration {
            fail("\(error)", status: 64)
        } catch {
            fail("REDIS_URL: \(error). Start Redis there, or set REDIS_URL to where it is", status: 2)
        }
    }

    private static func run(_ request: AdminRequest) async throws -> Int32 {
        let redis = RedisConnection(request.redis, name: "admin", logger: .silent)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            defer { group.cancelAll() }
            let book = DeadLetterBook(redis: redis, keys: request.keys)
            return try await DeadLettersCommand(request: request, book: book).run()
        }
    }

    private static func fail(_ text: String, status: Int32) -> Never {
        let line = Array("switchboard-admin: \(text)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
        exit(status)
    }
}
