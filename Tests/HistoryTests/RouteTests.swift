import Authentication
import HTTPTypes
import Hummingbird
import Logging
import Messaging
import Postgres
import RESTContract
import RedisStreams
import ServiceRuntime
import TestStack
import Testing

@testable import History

/// The routes of history and those of docs/openapi.yaml are the same.
@Suite struct RouteTests {
    /// Operations as `GET /v1/sync`, from the service itself.
    private func routes() throws -> Set<String> {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let redis = RedisConnection(try RedisConfiguration(url: "redis://127.0.0.1:1"), name: "test", logger: logger)
        let database = Database(
            try PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none", applicationName: "test"),
            connections: 1, writers: 1, search: nil, metrics: HistoryMetrics(PrometheusRegistry()),
            readiness: Readiness(),
            logger: logger)
        let places = ReadingPlaces(
            primary: database, replica: nil,
            horizon: IngestHorizon(redis: redis, keys: Keys(), partitions: 1, group: HistoryConfiguration.group),
            marks: UserMarks(redis: redis, keys: Keys()), metrics: HistoryMetrics(PrometheusRegistry()))
        let reader = HistoryReader(
            database: database, places: places,
            deliveries: DeliveryState(redis: redis, keys: Keys(), partitions: 1))
        let router = Router(context: RESTContext.self)
        let history = HistoryRoutes(
            reader: reader, partitions: 1, rules: try TopicRules(""), changes: ChangeRules(),
            publisher: LogPublisher(redis: redis, keys: Keys(), partitions: 1, limit: 1), messageLimit: 1, search: nil,
            rate: 1)
        history.add(to: router)
        let metrics = HousekeepingMetrics(PrometheusRegistry())
        ExportRoutes(history: history, desk: ExportDesk(limit: 1, metrics: metrics)).add(to: router)
        JobRoutes(jobs: JobBook(database: database, alarm: Alarm())).add(to: router)
        return Set(
            router.routes.map { route in
                let path = route.path.description.split(separator: "/").map { part in
                    part.hasPrefix(":") ? "{\(part.dropFirst())}" : part
                }
                return "\(route.method.rawValue) /\(path.joined(separator: "/"))"
            })
    }

    @Test func theServiceHasTheRoutesOfTheDocumentAndNoOther() throws {
        let routes = try routes()
        let document = try Contract.shared.get().operations(tagged: "history")
        // On the service's own port only, described as `operation`.
        #expect(routes.subtracting(["GET /canary"]) == document)
    }
}
