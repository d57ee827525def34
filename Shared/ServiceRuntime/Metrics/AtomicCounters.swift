import Synchronization

/// A fixed number of counters side by side that any thread may increment.
///
/// `@unchecked Sendable` and `@safe`: the memory is allocated in `init`, freed in `deinit` and never moved, the type cannot be copied, every access is
/// checked against the count, and what is in the memory is atomic.
@safe
struct AtomicCounters: ~Copyable, @unchecked Sendable {
    private let storage: UnsafeMutableBufferPointer<Atomic<UInt64>>

    init(count: Int) {
        let storage = UnsafeMutableBufferPointer<Atomic<UInt64>>.allocate(capacity: count)
        for index in 0..<count { unsafe storage.initializeElement(at: index, to: Atomic(0)) }
        unsafe self.storage = storage
    }

    deinit {
        unsafe storage.deinitialize()
        unsafe storage.deallocate()
    }

    subscript(index: Int) -> UInt64 {
        unsafe precondition(storage.indices.contains(index))
        return unsafe storage[index].load(ordering: .relaxed)
    }

    func increment(_ index: Int) {
        unsafe precondition(storage.indices.contains(index))
        unsafe storage[index].wrappingAdd(1, ordering: .relaxed)
    }
}
