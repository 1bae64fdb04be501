// What JavaScript reads without a call: a Float64Array shared by both sides. The same order stands
// in src/native-devices.ts.

#pragma once

#include <cstddef>

namespace tuntap2 {

enum StateSlot : size_t {
    kReadPackets,
    kReadBytes,
    kWrittenPackets,
    kWrittenBytes,
    kReadMalformed,
    kWriteRefused,
    kControlDropped,
    /// Data that the kernel had no room for.
    kKernelDropped,
    /// Data that the queue of flows gave up, and packets that it marked instead (ECN).
    kQueueDropped,
    kQueueMarked,
    /// 1 while the kernel refuses a part of a flood.
    kThinning,
    /// 1 while frames are received but not yet handed out: polling does not report them.
    kPending,
    /// 1 while the interface is down.
    kDown,
    /// 1 once the device has failed.
    kFailed,
    kStateSlots,
};

} // namespace tuntap2
