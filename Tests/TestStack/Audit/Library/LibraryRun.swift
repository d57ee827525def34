import Logging
import NIOCore
import ServiceLifecycle
import SwitchboardClient

/// One run of a `SwitchboardClient`: hands what it tells to its device, on the device's event loop, and ends when everything was handed over.
final class LibraryRun: Sendable {
    private enum Order: Sendable {
        case await(UInt64, Sending)
        case shutDown
    }

    private let client: SwitchboardClient
    private let orders: AsyncStream<Order>.Continuation
    private let task: Task<Void, Never>

    /// Starts it. This is the way from an event loop to tasks.
    init(_ client: SwitchboardClient, of member: NIOLoopBound<LibraryMember>, on loop: any EventLoop) {
        let (stream, orders) = AsyncStream.makeStream(of: Order.self)
        self.client = client
        self.orders = orders
        let services = ServiceGroup(
            services: [client], logger: Logger(label: "audit") { _ in SwiftLogNoOpLogHandler() })
        task = Task {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    defer { orders.finish() }
                    do {
                        try await services.run()
                    } catch let error as ClientError {
                        await Self.on(loop) { member.value.failed(error) }
                    } catch {
                        // It was ended from here.
                    }
                }
                group.addTask {
                    for await event in client.events { await Self.on(loop) { member.value.happened(event) } }
                }
                for await order in stream {
                    switch order {
                    case .shutDown: await services.triggerGracefulShutdown()
                    case .await(let n, let sending):
                        group.addTask {
                            do {
                                let accepted = try await sending.accepted
                                await Self.on(loop) { member.value.answered(n, .success(accepted)) }
                            } catch let error as ClientError {
                                await Self.on(loop) { member.value.answered(n, .failure(error)) }
                            } catch {
                                // Nobody waits any more: the next client sends it again.
                            }
                        }
                    }
                }
            }
            await Self.on(loop) { member.value.ended() }
        }
    }

    /// Puts a message on its way under a number; its answer goes to the device.
    func post(_ n: UInt64, json: [UInt8], to: String) {
        orders.yield(.await(n, client.post(json: json, to: to, n: n)))
    }

    /// Ends it in good order.
    func shutDown() { orders.yield(.shutDown) }

    /// Ends it at once.
    func cancel() { task.cancel() }

    private static func on(_ loop: any EventLoop, _ action: @escaping @Sendable () -> Void) async {
        try? await loop.submit(action).get()
    }
}
