// A TCP segment in a burst, seen from the question whether it can be joined with its neighbour.

#pragma once

#include <cstddef>
#include <cstdint>

namespace tuntap2 {

/// A whole packet that carries TCP data and nothing that ends a run: no SYN, FIN, RST, URG or CWR,
/// no fragment, no IPv4 options, no IPv6 extension headers.
struct TcpSegment {
    const uint8_t* packet;
    size_t length;
    size_t upper;   ///< Offset of the TCP header.
    size_t headers; ///< Length of all headers.

    static constexpr size_t kMaxHeaders = 40 + 60;

    /// False when the packet is anything else. Looks at headers only.
    bool Parse(const uint8_t* data, size_t size);

    bool is_ipv4() const { return upper == 20; }
    bool is_pushed() const;
    const uint8_t* payload() const { return packet + headers; }
    size_t payload_length() const { return length - headers; }
    uint32_t sequence() const;
    uint16_t ipv4_id() const;

    /// Whether all that a super-packet has only once is equal in both: addresses, ports,
    /// acknowledgement, window, options and the rest of the headers, PSH excepted.
    bool HasHeadersOf(const TcpSegment& other) const;

    /// A segment that was damaged on its way must reach its receiver damaged, which a new checksum
    /// would prevent.
    bool HasValidChecksums() const;
};

/// Turns the headers of the first segment into those of a super-packet of `total` bytes, with the
/// partial TCP checksum that the kernel completes.
void MakeSuperHeaders(const TcpSegment& first, size_t total, bool isPushed, uint8_t* headers);

} // namespace tuntap2
