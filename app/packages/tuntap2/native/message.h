// What goes to the kernel in one piece: a VnetHeader and a list of memory slices. One message
// carries one packet, or several of one flow joined into a super-packet.

#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/uio.h>

#include "vnet_header.h"

namespace tuntap2 {

/// Length of an Ethernet header without VLAN tag.
constexpr size_t kEthernetHeaderSize = 14;

/// Segments in one super-packet at most; the kernel's own limit is higher.
constexpr size_t kMaxSegments = 64;
/// Headers, then one slice of payload per segment.
constexpr size_t kMaxPieces = 1 + kMaxSegments;

struct OutMessage {
    VnetHeader vnet;
    /// [0] and [1] belong to the sender (vnet header, Ethernet header); the packet starts at [2].
    iovec iov[2 + kMaxPieces];
    int pieces = 0;     ///< Slices of the packet, from iov[2] on.
    size_t packets = 0; ///< Frames of the burst that it carries.
    size_t bytes = 0;   ///< Packet bytes before joining, lengths not counted.
    size_t end = 0;     ///< Offset behind the last of those frames in the planned burst.
};

} // namespace tuntap2
