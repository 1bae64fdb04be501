// The kernel's asynchronous I/O (io_submit(2)), as far as endpoints need it: the C library has no
// wrappers.

#pragma once

#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace functionfs::aio {

inline int Setup(unsigned capacity, aio_context_t* context) {
    *context = 0;
    return syscall(SYS_io_setup, capacity, context) == 0 ? 0 : errno;
}

/// Cancels everything and waits for it.
inline void Destroy(aio_context_t context) {
    syscall(SYS_io_destroy, context);
}

/// How many were taken, at least one; or a negative error of the first.
inline long Submit(aio_context_t context, long count, iocb** blocks) {
    const long taken = syscall(SYS_io_submit, context, count, blocks);
    return taken >= 0 ? taken : -errno;
}

/// The event still comes, from the usual place.
inline int Cancel(aio_context_t context, iocb* block) {
    io_event unused;
    return syscall(SYS_io_cancel, context, block, &unused) == 0 ? 0 : errno;
}

/// Those that are there; never waits.
inline long Events(aio_context_t context, long count, io_event* events) {
    // Zero in whatever size of time the system call has.
    long long none[2] = {0, 0};
    long got;
    do {
        got = syscall(SYS_io_getevents, context, 0L, count, events, none);
    } while (got < 0 && errno == EINTR);
    return got;
}

} // namespace functionfs::aio
