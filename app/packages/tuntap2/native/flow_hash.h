// Which packets belong together: those of one transport connection. Packets of one flow keep their
// order. Flows that share a number share a queue, by chance only: the key is the process's secret.

#pragma once

#include <cstddef>
#include <cstdint>

#include "flow_key.h"
#include "siphash.h"

namespace tuntap2 {

/// A number that all packets of a flow share: from the addresses, the protocol and the ports, if
/// they lie right behind the IP header. `packet` holds a whole IPv4 or IPv6 header.
uint32_t FlowHash(const uint8_t* packet, size_t length, const HashKey& key);

/// What a filter of the kernel can compare, of an IPv6 packet.
FlowKey FlowKeyOf(const uint8_t* packet, size_t length);

} // namespace tuntap2
