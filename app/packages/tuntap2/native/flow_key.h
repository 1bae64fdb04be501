// What distinguishes the packets of one flow from others for a filter of the kernel, which sees
// only those that come from the host.

#pragma once

#include <cstdint>
#include <cstring>

namespace tuntap2 {

struct FlowKey {
    uint8_t destination[16] = {};
    uint32_t ports = 0; ///< Of both ends; meaningless without `has_ports`.
    uint8_t protocol = 0;
    bool has_ports = false;

    bool operator==(const FlowKey& other) const {
        return memcmp(destination, other.destination, sizeof destination) == 0 &&
               protocol == other.protocol && has_ports == other.has_ports &&
               (!has_ports || ports == other.ports);
    }
};

/// A flow of which the kernel is to refuse a part, so that refusing costs no other flow anything.
struct ThinnedFlow {
    FlowKey key;
    uint32_t pass; ///< Of 2^32 packets.
};

} // namespace tuntap2
