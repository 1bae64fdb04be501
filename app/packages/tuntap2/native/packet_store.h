// Memory for packets that wait: cells of one size from one block, chained, so that packets of any
// length share it without gaps and nothing is allocated while they come and go.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "codel.h"

namespace tuntap2 {

class PacketStore {
  public:
    using Index = uint32_t;
    static constexpr Index kNone = 0xffffffff;
    /// Whole cache lines. Three cells hold a packet of 1280 bytes, one an acknowledgement.
    static constexpr size_t kCellSize = 7 * 64;

    PacketStore() = default;
    PacketStore(const PacketStore&) = delete;
    PacketStore& operator=(const PacketStore&) = delete;
    ~PacketStore();

    /// Memory is taken up only as far as it has been used. False when there is none.
    bool Open(size_t bytes);

    /// A copy of the packet, followed by nothing; kNone when there is no room. `length` is not 0.
    Index Put(const uint8_t* packet, size_t length, Microseconds now);
    void CopyTo(uint8_t* out, Index packet) const;
    void Free(Index packet);

    /// What a packet of this length takes up.
    static constexpr size_t BytesFor(size_t length) { return CellsFor(length) * kCellSize; }

    size_t Length(Index packet) const { return notes_[packet].length; }
    Microseconds Arrived(Index packet) const { return notes_[packet].arrived; }
    /// At least the headers lie in one piece.
    uint8_t* Front(Index packet) { return cells_ + packet * kCellSize; }
    /// The packet behind it in its queue.
    Index& Next(Index packet) { return notes_[packet].next_packet; }
    bool HasRoom(size_t length) const { return CellsFor(length) <= free_count_; }

  private:
    static constexpr size_t CellsFor(size_t length) { return (length + kCellSize - 1) / kCellSize; }

    /// What is known of a cell, apart from it, so that the packets' bytes begin at cache lines.
    struct Note {
        Microseconds arrived; ///< This, its next packet and length: of a packet's first cell only.
        Index next_packet;
        uint32_t length;
        Index next_cell;
    };

    uint8_t* cells_ = nullptr;
    std::unique_ptr<Note[]> notes_;
    size_t count_ = 0;
    size_t free_count_ = 0;
    Index untouched_ = 0; ///< Cells from here on were never used and are not in the list.
    Index free_ = kNone;  ///< Last freed first: memory that is not needed stays untouched.
};

} // namespace tuntap2
