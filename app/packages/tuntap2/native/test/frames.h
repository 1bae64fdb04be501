// Bursts for the tests: TCP segments and other packets with everything settable and valid
// checksums.

#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "../checksum.h"
#include "../ip_packet.h"

namespace tuntap2::test {

using Bytes = std::vector<uint8_t>;

struct SegmentSpec {
    bool ipv4 = false;
    uint8_t flow = 1; ///< Becomes part of the addresses and ports.
    uint32_t sequence = 1000;
    uint32_t acknowledgement = 77;
    uint8_t flags = 0x10;
    uint16_t window = 512;
    uint16_t urgent = 0;
    uint8_t reserved = 0; ///< Low half of the data offset byte.
    uint8_t traffic_class = 0;
    uint32_t flow_label = 0x12345;
    uint8_t hop_limit = 64;
    uint16_t id = 1;
    uint16_t fragment = 0x4000;
    Bytes options = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
    size_t payload = 1000;
    uint8_t fill = 0;
};

inline void FinishChecksums(Bytes* packet) {
    uint8_t* p = packet->data();
    const bool ipv4 = IpVersion(p) == 4;
    const size_t upper = ipv4 ? 20 : 40;
    if (ipv4) {
        memset(p + 10, 0, 2);
        const uint16_t sum = ChecksumFinish(ChecksumAdd(p, 20, 0));
        memcpy(p + 10, &sum, 2);
    }
    memset(p + upper + 16, 0, 2);
    const auto size = static_cast<uint32_t>(packet->size() - upper);
    const uint64_t pseudo = ipv4 ? PseudoHeaderSum4(p, 6, size) : PseudoHeaderSum6(p, 6, size);
    const uint16_t sum = ChecksumFinish(ChecksumAdd(p + upper, size, pseudo));
    memcpy(p + upper + 16, &sum, 2);
}

inline Bytes MakeSegment(const SegmentSpec& spec) {
    const size_t upper = spec.ipv4 ? 20 : 40;
    const size_t headers = upper + 20 + spec.options.size();
    Bytes packet(headers + spec.payload);
    uint8_t* p = packet.data();
    if (spec.ipv4) {
        p[0] = 0x45;
        p[1] = spec.traffic_class;
        WriteBe16(p + 2, packet.size());
        WriteBe16(p + 4, spec.id);
        WriteBe16(p + 6, spec.fragment);
        p[8] = spec.hop_limit;
        p[9] = 6;
        WriteBe32(p + 12, 0x0a000001);
        WriteBe32(p + 16, 0x0a000100u + spec.flow);
    } else {
        WriteBe32(p, 6u << 28 | static_cast<uint32_t>(spec.traffic_class) << 20 | spec.flow_label);
        WriteBe16(p + 4, packet.size() - 40);
        p[6] = 6;
        p[7] = spec.hop_limit;
        p[8] = p[24] = 0xfd;
        p[23] = 1;
        p[39] = spec.flow;
    }
    uint8_t* t = p + upper;
    WriteBe16(t, 443);
    WriteBe16(t + 2, 40000u + spec.flow);
    WriteBe32(t + 4, spec.sequence);
    WriteBe32(t + 8, spec.acknowledgement);
    t[12] = static_cast<uint8_t>((20 + spec.options.size()) / 4 << 4 | spec.reserved);
    t[13] = spec.flags;
    WriteBe16(t + 14, spec.window);
    WriteBe16(t + 18, spec.urgent);
    if (!spec.options.empty())
        memcpy(t + 20, spec.options.data(), spec.options.size());
    for (size_t i = 0; i < spec.payload; i++)
        p[headers + i] = static_cast<uint8_t>(spec.fill + i * 7 + (i >> 8));
    FinishChecksums(&packet);
    return packet;
}

/// A copy in a block of its own length, so that a sanitizer sees each byte read beyond it.
inline Bytes MakeBurst(const std::vector<Bytes>& packets) {
    Bytes burst;
    for (const Bytes& packet : packets) {
        burst.push_back(static_cast<uint8_t>(packet.size() >> 8));
        burst.push_back(static_cast<uint8_t>(packet.size()));
        burst.insert(burst.end(), packet.begin(), packet.end());
    }
    burst.shrink_to_fit();
    return burst;
}

} // namespace tuntap2::test
