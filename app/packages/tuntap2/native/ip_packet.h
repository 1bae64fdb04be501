// The few facts about an IP packet that moving it needs (RFC 791, RFC 8200).

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tuntap2 {

constexpr size_t kIpv4HeaderSize = 20;
constexpr size_t kIpv6HeaderSize = 40;

inline uint16_t ReadBe16(const uint8_t* at) {
    return static_cast<uint16_t>(at[0] << 8 | at[1]);
}

inline void WriteBe16(uint8_t* at, size_t value) {
    at[0] = static_cast<uint8_t>(value >> 8);
    at[1] = static_cast<uint8_t>(value);
}

inline uint32_t ReadBe32(const uint8_t* at) {
    return static_cast<uint32_t>(ReadBe16(at)) << 16 | ReadBe16(at + 2);
}

inline void WriteBe32(uint8_t* at, uint32_t value) {
    WriteBe16(at, value >> 16);
    WriteBe16(at + 2, value & 0xffff);
}

inline int IpVersion(const uint8_t* packet) {
    return packet[0] >> 4;
}

/// 4 or 6; 0 when `available` bytes hold no IP header.
inline int IpVersionOf(const uint8_t* data, size_t available) {
    if (available >= kIpv6HeaderSize && IpVersion(data) == 6)
        return 6;
    return available >= kIpv4HeaderSize && IpVersion(data) == 4 ? 4 : 0;
}

/// Length of the packet at `data` as its header says; 0 when it is not an IP packet or `available`
/// bytes do not hold it whole. Shorter than `available` when the link padded the frame.
inline size_t IpPacketLength(const uint8_t* data, size_t available) {
    int version = IpVersionOf(data, available);
    if (version == 0)
        return 0;
    size_t length = version == 6 ? kIpv6HeaderSize + ReadBe16(data + 4) : ReadBe16(data + 2);
    bool isWhole = length >= kIpv4HeaderSize && length <= available && length <= 0xffff;
    return isWhole ? length : 0;
}

} // namespace tuntap2
