#include "flow_hash.h"

#include <cstring>
#include <netinet/in.h>

#include "ip_packet.h"

namespace tuntap2 {

namespace {

uint64_t Load(const uint8_t* data) {
    uint64_t value;
    memcpy(&value, data, sizeof value);
    return value;
}

/// Protocols whose first four bytes are both ports, or stand for them (the SPI of ESP).
bool HasPorts(uint8_t protocol) {
    return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_DCCP ||
           protocol == IPPROTO_SCTP || protocol == IPPROTO_UDPLITE || protocol == IPPROTO_ESP;
}

} // namespace

uint32_t FlowHash(const uint8_t* packet, size_t length, const HashKey& key) {
    const bool isV6 = IpVersion(packet) == 6;
    const uint8_t protocol = packet[isV6 ? 6 : 9];
    SipHash<> hash(key);
    size_t ports;
    // Only the first fragment of a packet has ports, and none are in a header that claims to end
    // within itself.
    bool isWhole = true;
    if (isV6) {
        for (size_t at = 8; at < kIpv6HeaderSize; at += 8)
            hash.Add(Load(packet + at));
        ports = kIpv6HeaderSize;
    } else {
        hash.Add(Load(packet + 12));
        ports = static_cast<size_t>(packet[0] & 0x0f) * 4;
        isWhole = ports >= kIpv4HeaderSize && (ReadBe16(packet + 6) & 0x3fff) == 0;
    }
    const bool hasPorts = isWhole && HasPorts(protocol) && ports + 4 <= length;
    const uint64_t both = hasPorts ? ReadBe32(packet + ports) : 0;
    return static_cast<uint32_t>(hash.Finish(both << 8 | protocol, 5));
}

FlowKey FlowKeyOf(const uint8_t* packet, size_t length) {
    FlowKey key;
    memcpy(key.destination, packet + 24, sizeof key.destination);
    key.protocol = packet[6];
    key.has_ports = HasPorts(key.protocol) && kIpv6HeaderSize + 4 <= length;
    if (key.has_ports)
        key.ports = ReadBe32(packet + kIpv6HeaderSize);
    return key;
}

} // namespace tuntap2
