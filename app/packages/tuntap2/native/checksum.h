// Internet checksum (RFC 1071) over byte ranges, fast enough to run over every byte that is moved.
//
// All 16-bit values are in memory order: what `ChecksumFold` returns is stored with memcpy, and a
// checksum field is summed like any other data. The order of the bytes then never matters (RFC 1071
// section 2B). Sums chain: every range but the last must have an even length.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tuntap2 {

/// Adds `length` bytes at `data` to `sum`. An odd last byte counts as if followed by a zero.
inline uint64_t ChecksumAdd(const uint8_t* data, size_t length, uint64_t sum) {
    // 32-bit words in 64-bit accumulators cannot overflow below 16 GiB of data, so no carry has to
    // be watched; four accumulators keep the additions independent of each other.
    uint64_t a = 0, b = 0, c = 0, d = 0;
    for (; length >= 16; length -= 16, data += 16) {
        uint32_t words[4];
        memcpy(words, data, sizeof words);
        a += words[0];
        b += words[1];
        c += words[2];
        d += words[3];
    }
    sum = (sum & 0xffffffff) + (sum >> 32) + a + b + c + d;
    for (; length >= 2; length -= 2, data += 2) {
        uint16_t word;
        memcpy(&word, data, sizeof word);
        sum += word;
    }
    if (length != 0) {
        uint8_t last[2] = {*data, 0};
        uint16_t word;
        memcpy(&word, last, sizeof word);
        sum += word;
    }
    return sum;
}

/// Adds one value of host byte order, as part of a pseudo-header.
inline uint64_t ChecksumAddValue(uint32_t value, uint64_t sum) {
    uint8_t bytes[4] = {static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16),
                        static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
    return ChecksumAdd(bytes, sizeof bytes, sum);
}

/// Folds to 16 bits without inverting: what a partial checksum (CHECKSUM_PARTIAL) carries in its
/// field.
inline uint16_t ChecksumFold(uint64_t sum) {
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(sum);
}

/// The value for the checksum field of a complete packet. UDP replaces a result of 0 by 0xffff.
inline uint16_t ChecksumFinish(uint64_t sum) {
    return static_cast<uint16_t>(~ChecksumFold(sum));
}

/// Pseudo-header sum of a whole IPv6 packet (RFC 8200 section 8.1); `upperLength` is header plus
/// payload of `protocol`.
inline uint64_t PseudoHeaderSum6(const uint8_t* ipHeader, uint8_t protocol, uint32_t upperLength) {
    uint64_t sum = ChecksumAdd(ipHeader + 8, 32, 0);
    return ChecksumAddValue(protocol, ChecksumAddValue(upperLength, sum));
}

/// The same for IPv4 (RFC 9293 section 3.1).
inline uint64_t PseudoHeaderSum4(const uint8_t* ipHeader, uint8_t protocol, uint32_t upperLength) {
    uint64_t sum = ChecksumAdd(ipHeader + 12, 8, 0);
    return ChecksumAddValue(protocol, ChecksumAddValue(upperLength, sum));
}

} // namespace tuntap2
