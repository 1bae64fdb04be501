#include "congestion_mark.h"

#include "ip_packet.h"

namespace tuntap2 {

namespace {

constexpr uint8_t kExperienced = 3;

} // namespace

bool MarkCongestion(uint8_t* packet) {
    if (IpVersion(packet) == 6) {
        // The traffic class lies across the first two bytes; its last two bits are in the second.
        if ((packet[1] >> 4 & 3) == 0)
            return false;
        packet[1] |= kExperienced << 4;
        return true;
    }
    if ((packet[1] & 3) == 0)
        return false;
    const uint16_t before = ReadBe16(packet);
    packet[1] |= kExperienced;
    // RFC 1624 equation 3: needs no other byte of a header whose length may be a lie, and a wrong
    // checksum stays wrong.
    uint32_t sum = static_cast<uint16_t>(~ReadBe16(packet + 10));
    sum += static_cast<uint16_t>(~before);
    sum += ReadBe16(packet);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    WriteBe16(packet + 10, ~sum & 0xffff);
    return true;
}

} // namespace tuntap2
