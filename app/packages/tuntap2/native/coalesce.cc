#include "coalesce.h"

#include <algorithm>

#include "ip_packet.h"

namespace tuntap2 {

namespace {

constexpr size_t kMaxSuperPacket = 65535;
constexpr uint16_t kTcpChecksumOffset = 16;

// sendmsg and writev only read, but their type does not say so.
iovec Slice(const uint8_t* data, size_t length) {
    return {const_cast<uint8_t*>(data), length};
}

} // namespace

size_t Coalescer::Plan(const uint8_t* burst, size_t length, OutMessage* messages, size_t max) {
    max = std::min(max, kMaxMessages);
    run_.segments = 0;
    size_t count = 0;
    size_t position = 0;
    while (length - position >= 2) {
        const size_t size = ReadBe16(burst + position);
        const uint8_t* packet = burst + position + 2;
        if (size > length - position - 2)
            break;
        TcpSegment segment;
        const bool isSegment = segment.Parse(packet, size);
        if (isSegment && run_.segments != 0 && CanGrow(segment)) {
            Grow(segment, &messages[count - 1]);
        } else {
            if (run_.segments > 1)
                Finish(&messages[count - 1], headers_[count - 1]);
            run_.segments = 0;
            if (count == max)
                break;
            OutMessage& message = messages[count++];
            message.vnet = {};
            message.iov[2] = Slice(packet, size);
            message.pieces = 1;
            message.packets = 0;
            message.bytes = 0;
            if (isSegment)
                run_.Begin(segment);
        }
        position += 2 + size;
        OutMessage& message = messages[count - 1];
        message.packets++;
        message.bytes += size;
        message.end = position;
    }
    if (run_.segments > 1)
        Finish(&messages[count - 1], headers_[count - 1]);
    return count;
}

void Coalescer::Run::Begin(const TcpSegment& segment) {
    first = segment;
    segments = 1;
    total = segment.length;
    sequence = segment.sequence() + static_cast<uint32_t>(segment.payload_length());
    is_pushed = segment.is_pushed();
    is_verified = false;
}

/// Cheap questions first; the checksum, which reads every byte, last.
bool Coalescer::CanGrow(const TcpSegment& segment) {
    const TcpSegment& first = run_.first;
    const size_t whole = first.headers + run_.segments * first.payload_length();
    if (run_.is_pushed || run_.segments == kMaxSegments || run_.total != whole ||
        segment.payload_length() > first.payload_length() ||
        run_.total + segment.payload_length() > kMaxSuperPacket ||
        segment.sequence() != run_.sequence || !segment.HasHeadersOf(first)) {
        return false;
    }
    const auto id = static_cast<uint16_t>(first.ipv4_id() + run_.segments);
    if (first.is_ipv4() && segment.ipv4_id() != id)
        return false;
    run_.is_verified = run_.is_verified || first.HasValidChecksums();
    return run_.is_verified && segment.HasValidChecksums();
}

void Coalescer::Grow(const TcpSegment& segment, OutMessage* message) {
    if (run_.segments == 1) {
        message->iov[3] = Slice(run_.first.payload(), run_.first.payload_length());
        message->pieces = 2;
    }
    message->iov[2 + message->pieces++] = Slice(segment.payload(), segment.payload_length());
    run_.segments++;
    run_.total += segment.payload_length();
    run_.sequence += static_cast<uint32_t>(segment.payload_length());
    run_.is_pushed = segment.is_pushed();
}

void Coalescer::Finish(OutMessage* message, uint8_t* headers) {
    const TcpSegment& first = run_.first;
    MakeSuperHeaders(first, run_.total, run_.is_pushed, headers);
    message->iov[2] = Slice(headers, first.headers);
    message->vnet.flags = VnetHeader::kNeedsChecksum;
    message->vnet.gso_type = first.is_ipv4() ? VnetHeader::kGsoTcp4 : VnetHeader::kGsoTcp6;
    message->vnet.gso_size = static_cast<uint16_t>(first.payload_length());
    message->vnet.header_length = static_cast<uint16_t>(headroom_ + first.headers);
    message->vnet.csum_start = static_cast<uint16_t>(headroom_ + first.upper);
    message->vnet.csum_offset = kTcpChecksumOffset;
}

} // namespace tuntap2
