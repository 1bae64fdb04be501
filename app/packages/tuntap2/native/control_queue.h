// Frames set aside for the control side, each behind its 2-byte length, in one block of fixed size.

#pragma once

#include <cstddef>
#include <cstdint>

namespace tuntap2 {

class ControlQueue {
  public:
    /// Neighbour discovery and DHCPv6 never need more; nothing longer is taken.
    static constexpr size_t kMaxFrame = 2048;

    /// False when there is no room.
    bool Push(const uint8_t* frame, size_t length);

    /// Moves whole frames to `out` and returns their bytes.
    size_t Drain(uint8_t* out, size_t space);

  private:
    /// Room for a whole batch of the longest frames: what a flood of them brings at once is not
    /// lost.
    static constexpr size_t kCapacity = 128 * 1024;

    size_t used_ = 0;
    uint8_t data_[kCapacity];
};

} // namespace tuntap2
