#include "packet_store.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <sys/mman.h>

namespace tuntap2 {

bool PacketStore::Open(size_t bytes) {
    count_ = free_count_ = bytes / kCellSize;
    notes_.reset(new (std::nothrow) Note[count_]);
    void* memory = mmap(nullptr, count_ * kCellSize, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED)
        cells_ = static_cast<uint8_t*>(memory);
    return cells_ != nullptr && notes_;
}

PacketStore::~PacketStore() {
    if (cells_ != nullptr)
        munmap(cells_, count_ * kCellSize);
}

PacketStore::Index PacketStore::Put(const uint8_t* packet, size_t length, Microseconds now) {
    if (!HasRoom(length))
        return kNone;
    free_count_ -= CellsFor(length);
    Index first = kNone;
    Index* link = &first;
    for (size_t done = 0; done < length; done += kCellSize) {
        Index cell = free_;
        if (cell != kNone) {
            free_ = notes_[cell].next_cell;
        } else {
            cell = untouched_++;
        }
        *link = cell;
        link = &notes_[cell].next_cell;
        memcpy(Front(cell), packet + done, std::min(length - done, kCellSize));
    }
    *link = kNone;
    Note& note = notes_[first];
    note.arrived = now;
    note.next_packet = kNone;
    note.length = static_cast<uint32_t>(length);
    return first;
}

void PacketStore::CopyTo(uint8_t* out, Index packet) const {
    size_t rest = Length(packet);
    for (Index cell = packet; cell != kNone; cell = notes_[cell].next_cell) {
        const size_t part = std::min(rest, kCellSize);
        memcpy(out, cells_ + cell * kCellSize, part);
        out += part;
        rest -= part;
    }
}

void PacketStore::Free(Index packet) {
    free_count_ += CellsFor(Length(packet));
    Index last = packet;
    while (notes_[last].next_cell != kNone)
        last = notes_[last].next_cell;
    notes_[last].next_cell = free_;
    free_ = packet;
}

} // namespace tuntap2
