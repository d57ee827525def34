import Messaging
import RedisStreams
import Synchronization

/// Hands the batches of each partition to its router. A lease that is taken or lost brings a new router, with nothing cached.
final class RoutingHandler: PartitionHandler {
    private let tools: PartitionRouter.Tools
    private let routers = Mutex<[Int: PartitionRouter]>([:])

    init(tools: PartitionRouter.Tools) { self.tools = tools }

    func acquired(_ partition: Int) async { replaceRouter(of: partition) }

    func lost(_ partition: Int) async { routers.withLock { $0[partition] = nil } }

    func handle(_ batch: PartitionBatch) async throws {
        let router = routers.withLock { $0[batch.partition] } ?? replaceRouter(of: batch.partition)
        do {
            try await router.route(batch)
        } catch {
            tools.metrics.failed()
            throw error
        }
    }

    @discardableResult
    private func replaceRouter(of partition: Int) -> PartitionRouter {
        let router = PartitionRouter(partition: partition, tools: tools)
        routers.withLock { $0[partition] = router }
        return router
    }
}
