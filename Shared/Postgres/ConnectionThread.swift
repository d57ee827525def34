#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A thread that runs the jobs of one actor, one after the other.
///
/// libpq blocks (name resolution, TLS, waiting for a reply), and a blocked thread of Swift's shared pool is one that
/// everybody else lacks. So each connection brings a thread of its own.
///
/// `@unchecked Sendable`: `jobs` and `hasEnded` are only touched with `mutex` held, and the two pointers never change after
/// `init` and are freed when nobody can hold them any more.
@safe
final class ConnectionThread: SerialExecutor, @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [UnownedJob] = []
    private var hasEnded = false

    init() {
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe precondition(pthread_mutex_init(mutex, nil) == 0 && pthread_cond_init(condition, nil) == 0)
        start()
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        unsafe pthread_mutex_lock(mutex)
        jobs.append(job)
        unsafe pthread_mutex_unlock(mutex)
        unsafe pthread_cond_signal(condition)
    }

    /// Lets the thread end once it has run what is queued.
    func end() {
        unsafe pthread_mutex_lock(mutex)
        hasEnded = true
        unsafe pthread_mutex_unlock(mutex)
        unsafe pthread_cond_signal(condition)
    }

    private func run() {
        while let batch = nextBatch() {
            for job in batch { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }

    private func nextBatch() -> [UnownedJob]? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while jobs.isEmpty && !hasEnded { unsafe pthread_cond_wait(condition, mutex) }
        guard !jobs.isEmpty else { return nil }
        let batch = jobs
        jobs.removeAll(keepingCapacity: true)
        return batch
    }

    private func start() {
        let retained = unsafe Unmanaged.passRetained(self).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
            let result = unsafe pthread_create(&thread, nil, { Self.enter($0) }, retained)
            let handle = thread!
        #else
            var handle = pthread_t()
            let result = unsafe pthread_create(&handle, nil, { unsafe ConnectionThread.enter($0!) }, retained)
        #endif
        precondition(result == 0, "no thread could be made for a database connection (errno \(result))")
        pthread_detach(handle)
    }

    private static func enter(_ retained: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        unsafe Unmanaged<ConnectionThread>.fromOpaque(retained).takeRetainedValue().run()
        return nil
    }
}
