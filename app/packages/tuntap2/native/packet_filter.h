// The program that the kernel runs on each frame before a packet socket may queue it (classic BPF,
// Linux Documentation/networking/filter.rst).

#pragma once

#include <cstddef>
#include <cstdint>
#include <linux/filter.h>

#include "flow_thinner.h"

namespace tuntap2 {

/// Which frames of the interface a socket delivers. Data: IPv6 to an address that is neither
/// multicast nor link-local. Control: all others, from the known host or from any other.
enum class FrameShare : uint32_t { kData, kKnownControl, kOtherControl, kEnd };

/// Refuses in the kernel what is not for us: VLAN-tagged frames (whose tag the kernel may already
/// have taken off), our own outgoing frames on kernels that cannot leave them out, frames for
/// another station; the frames of the other sockets on this interface; and of the data a part of
/// the thinned flows. What is too short for an IPv6 header counts as control: reading beyond the
/// end would refuse it.
class PacketFilter {
  public:
    /// `known` may be null.
    PacketFilter(FrameShare share, const uint8_t* known, const ThinnedFlow* thinned, size_t count);

    sock_fprog program() { return {static_cast<unsigned short>(length_), code_}; }

  private:
    static constexpr size_t kLongestRule = 15;
    static constexpr size_t kMost = 26 + kLongestRule * FlowThinner::kMost;

    void Add(sock_filter instruction) { code_[length_++] = instruction; }
    void AddRule(const ThinnedFlow& flow);
    static size_t RuleLength(const ThinnedFlow& flow);

    sock_filter code_[kMost];
    size_t length_ = 0;
};

} // namespace tuntap2
