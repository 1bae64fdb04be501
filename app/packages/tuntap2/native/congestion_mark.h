// Reports congestion to a sender without losing its packet (ECN, RFC 3168). The mark is set on the
// host's own packet: the tunnel's outer header is TCP's, so nothing is copied between headers.

#pragma once

#include <cstddef>
#include <cstdint>

namespace tuntap2 {

/// Marks the packet "congestion experienced" if its sender understands the mark: ECT(0), ECT(1)
/// (alike, outside of experiments: RFC 8311 section 4.2), or marked before. Otherwise returns false
/// and changes nothing. `packet` holds at least an IP header without options.
bool MarkCongestion(uint8_t* packet);

} // namespace tuntap2
