// How the frames of a burst become messages for the kernel. A burst is a run of frames, each a
// 2-byte big-endian length and one IP packet.

#pragma once

#include <cstddef>
#include <cstdint>

#include "message.h"

namespace tuntap2 {

/// One message per frame, for up to `max` whole frames from the front. The slices point into
/// `burst`. Returns the number of messages; 0 when not even one whole frame is there.
size_t PlanSingly(const uint8_t* burst, size_t length, OutMessage* messages, size_t max);

} // namespace tuntap2
