#include "control_queue.h"

#include <cstring>

#include "ip_packet.h"

namespace tuntap2 {

bool ControlQueue::Push(const uint8_t* frame, size_t length) {
    if (length > kMaxFrame || used_ + 2 + length > kCapacity)
        return false;
    WriteBe16(data_ + used_, length);
    memcpy(data_ + used_ + 2, frame, length);
    used_ += 2 + length;
    return true;
}

size_t ControlQueue::Drain(uint8_t* out, size_t space) {
    size_t taken = 0;
    while (taken < used_) {
        size_t size = 2 + static_cast<size_t>(ReadBe16(data_ + taken));
        if (taken + size > space)
            break;
        taken += size;
    }
    memcpy(out, data_, taken);
    memmove(data_, data_ + taken, used_ - taken);
    used_ -= taken;
    return taken;
}

} // namespace tuntap2
