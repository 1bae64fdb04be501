// Finishing what the kernel left to the "network card": partial checksums, and super-packets that
// have to be cut into packets which fit the link (TSO and USO; virtio 1.2, section 5.1.6.4). Pure:
// memory in, memory out. Leaves out UFO (IP fragments), which is never asked for.

#pragma once

#include <cstddef>
#include <cstdint>

#include "vnet_header.h"

namespace tuntap2 {

/// Stores the checksum that `header` says is missing (if any). All offsets in `header` count from
/// `packet`. False, with nothing touched, when they point outside.
bool CompleteChecksum(const VnetHeader& header, uint8_t* packet, size_t length);

/// Cuts one super-packet. It refers to the packet between Begin and the last Emit.
class Segmenter {
  public:
    /// `length` is the exact length of the packet. False when header and packet do not fit each
    /// other.
    bool Begin(const VnetHeader& header, const uint8_t* packet, size_t length);

    bool Done() const { return position_ == length_; }

    /// Bytes that the next Emit writes.
    size_t NextLength() const;

    /// Writes the next segment: one whole packet with complete checksums.
    void Emit(uint8_t* out);

  private:
    bool ParseNetworkHeader(const VnetHeader& header);
    uint64_t PseudoHeaderSum(size_t upperLength) const;
    void FinishIpv4(uint8_t* out, size_t size) const;

    const uint8_t* packet_ = nullptr;
    size_t length_ = 0;
    size_t position_ = 0;     ///< Offset of the payload not yet emitted.
    size_t segment_size_ = 0; ///< Payload bytes per segment.
    size_t upper_ = 0;        ///< Offset of the TCP or UDP header.
    size_t headers_ = 0;      ///< Length of all headers.
    size_t checksum_ = 0;     ///< Offset of the TCP or UDP checksum.
    uint16_t index_ = 0;      ///< Segments emitted so far.
    uint8_t protocol_ = 0;
    bool ipv4_ = false;
    bool has_extensions_ = false;
};

} // namespace tuntap2
