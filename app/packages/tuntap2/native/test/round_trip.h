// Joins a burst, cuts it again and compares: split(coalesce(x)) == x, byte for byte.

#pragma once

#include "../coalesce.h"
#include "../segment.h"
#include "check.h"
#include "frames.h"

namespace tuntap2::test {

/// What the kernel sees of a message.
inline Bytes Gather(const OutMessage& message) {
    Bytes packet;
    for (int i = 0; i < message.pieces; i++) {
        const auto* data = static_cast<const uint8_t*>(message.iov[2 + i].iov_base);
        packet.insert(packet.end(), data, data + message.iov[2 + i].iov_len);
    }
    return packet;
}

/// What the kernel makes of it, and checks of all that it relies on.
inline void Split(const OutMessage& message, size_t headroom, const Bytes& burst,
                  std::vector<Bytes>* packets) {
    Bytes packet = Gather(message);
    EXPECT(message.pieces >= 1 && message.pieces <= static_cast<int>(kMaxPieces));
    if (message.vnet.gso_type == VnetHeader::kGsoNone) {
        EXPECT(message.packets == 1 && message.pieces == 1 && message.vnet.flags == 0);
        packets->push_back(packet);
        return;
    }
    EXPECT(message.packets >= 2 && message.pieces == static_cast<int>(message.packets) + 1);
    EXPECT(packet.size() <= 65535 && packet.size() < message.bytes);
    for (int i = 1; i < message.pieces; i++) {
        const auto* data = static_cast<const uint8_t*>(message.iov[2 + i].iov_base);
        EXPECT(data >= burst.data() &&
               data + message.iov[2 + i].iov_len <= burst.data() + burst.size());
    }
    VnetHeader vnet = message.vnet;
    const bool ipv4 = IpVersion(packet.data()) == 4;
    EXPECT(vnet.flags == VnetHeader::kNeedsChecksum);
    EXPECT(vnet.gso_type == (ipv4 ? VnetHeader::kGsoTcp4 : VnetHeader::kGsoTcp6));
    EXPECT(vnet.header_length == headroom + message.iov[2].iov_len);
    EXPECT(vnet.csum_start == headroom + (ipv4 ? 20 : 40) && vnet.csum_offset == 16);
    vnet.csum_start = static_cast<uint16_t>(vnet.csum_start - headroom);

    // The partial checksum becomes right when it is completed.
    Bytes whole = packet;
    EXPECT(CompleteChecksum(vnet, whole.data(), whole.size()));
    TcpSegment parsed;
    EXPECT(parsed.Parse(whole.data(), whole.size()) && parsed.HasValidChecksums());

    Segmenter segmenter;
    EXPECT(segmenter.Begin(vnet, packet.data(), packet.size()));
    size_t count = 0;
    for (; !segmenter.Done(); count++) {
        Bytes out(segmenter.NextLength());
        segmenter.Emit(out.data());
        packets->push_back(out);
    }
    EXPECT(count == message.packets);
}

/// Plans the whole burst, `max` messages at a time, and checks it. Returns the number of messages.
inline size_t RoundTrip(const std::vector<Bytes>& packets, const Bytes& burst, size_t headroom,
                        size_t max) {
    static OutMessage messages[Coalescer::kMaxMessages];
    static Coalescer onTun(0), onEthernet(14);
    Coalescer& coalescer = headroom == 0 ? onTun : onEthernet;
    const Bytes before = burst;
    std::vector<Bytes> out;
    size_t total = 0, position = 0, bytes = 0;
    for (;;) {
        const size_t count =
            coalescer.Plan(burst.data() + position, burst.size() - position, messages, max);
        if (count == 0)
            break;
        EXPECT(count <= max);
        size_t end = 0;
        for (size_t i = 0; i < count; i++) {
            const size_t first = out.size();
            Split(messages[i], headroom, burst, &out);
            size_t length = 0, frames = 0;
            for (size_t k = first; k < out.size(); k++) {
                length += out[k].size();
                frames += out[k].size() + 2;
            }
            EXPECT(messages[i].bytes == length);
            EXPECT(messages[i].end == end + frames);
            end = messages[i].end;
            bytes += length;
        }
        total += count;
        position += end;
    }
    EXPECT(burst == before);
    EXPECT(out.size() == packets.size());
    for (size_t i = 0; i < out.size(); i++)
        EXPECT(out[i] == packets[i]);
    return total;
}

} // namespace tuntap2::test
