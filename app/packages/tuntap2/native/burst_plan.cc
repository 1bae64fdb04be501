#include "burst_plan.h"

#include "ip_packet.h"

namespace tuntap2 {

size_t PlanSingly(const uint8_t* burst, size_t length, OutMessage* messages, size_t max) {
    size_t count = 0;
    size_t position = 0;
    while (count < max && length - position >= 2) {
        size_t size = ReadBe16(burst + position);
        if (size > length - position - 2)
            break;
        OutMessage& message = messages[count++];
        message.vnet = {};
        // sendmsg and writev only read, but their type does not say so.
        message.iov[2] = {const_cast<uint8_t*>(burst + position + 2), size};
        message.pieces = 1;
        message.packets = 1;
        message.bytes = size;
        position += 2 + size;
        message.end = position;
    }
    return count;
}

} // namespace tuntap2
