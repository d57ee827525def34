// What Swift's Glibc leaves out of Linux.
#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>

// Nanoseconds of the monotonic clock.
static inline uint64_t cepoll_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// epoll_pwait2(2) without a mask of signals.
static inline int cepoll_wait(int descriptor, struct epoll_event *events, int count, uint64_t nanoseconds) {
    struct timespec time = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    return epoll_pwait2(descriptor, events, count, &time, NULL);
}
