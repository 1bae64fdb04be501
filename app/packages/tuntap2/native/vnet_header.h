// The header that TUN and AF_PACKET put before a frame when asked to leave work to the "network
// card": virtio 1.2, section 5.1.6, in its 10-byte legacy form and this machine's byte order. The
// kernel's <linux/virtio_net.h> has it too, but is not valid C++.

#pragma once

#include <cstdint>

namespace tuntap2 {

struct VnetHeader {
    uint8_t flags = 0;          ///< kNeedsChecksum
    uint8_t gso_type = 0;       ///< Kind of super-packet, kGsoNone for a plain packet.
    uint16_t header_length = 0; ///< Of all headers; a hint only.
    uint16_t gso_size = 0;      ///< Payload bytes of each segment but the last.
    uint16_t csum_start = 0;    ///< Where the checksummed part starts.
    uint16_t csum_offset = 0;   ///< The checksum field, counted from csum_start.

    static constexpr uint8_t kNeedsChecksum = 1;

    static constexpr uint8_t kGsoNone = 0;
    static constexpr uint8_t kGsoTcp4 = 1;
    static constexpr uint8_t kGsoTcp6 = 4;
    static constexpr uint8_t kGsoUdp = 5;
    /// May be added to the TCP kinds: the first segment carries CWR.
    static constexpr uint8_t kGsoEcn = 0x80;
};
static_assert(sizeof(VnetHeader) == 10);

} // namespace tuntap2
