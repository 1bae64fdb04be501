#include "tcp_segment.h"

#include <cstring>
#include <netinet/in.h>

#include "checksum.h"
#include "ip_packet.h"

namespace tuntap2 {

namespace {

constexpr size_t kIpv4Id = 4;
constexpr size_t kIpv4Checksum = 10;
constexpr size_t kTcpHeaderSize = 20;
constexpr size_t kTcpSequence = 4;
constexpr size_t kTcpAcknowledgement = 8;
constexpr size_t kTcpDataOffset = 12;
constexpr size_t kTcpFlags = 13;
constexpr size_t kTcpWindow = 14;
constexpr size_t kTcpChecksum = 16;
constexpr size_t kTcpUrgent = 18;
constexpr uint8_t kTcpPush = 0x08;
constexpr uint8_t kTcpAck = 0x10;
constexpr uint8_t kTcpEcnEcho = 0x40;

bool Same(const uint8_t* a, const uint8_t* b, size_t from, size_t to) {
    return memcmp(a + from, b + from, to - from) == 0;
}

uint64_t PseudoHeaderSum(const TcpSegment& segment, size_t total) {
    const auto size = static_cast<uint32_t>(total - segment.upper);
    return segment.is_ipv4() ? PseudoHeaderSum4(segment.packet, IPPROTO_TCP, size)
                             : PseudoHeaderSum6(segment.packet, IPPROTO_TCP, size);
}

} // namespace

bool TcpSegment::Parse(const uint8_t* data, size_t size) {
    packet = data;
    length = size;
    if (size >= kIpv6HeaderSize + kTcpHeaderSize && IpVersion(data) == 6) {
        upper = kIpv6HeaderSize;
        if (data[6] != IPPROTO_TCP || kIpv6HeaderSize + ReadBe16(data + 4) != size)
            return false;
    } else if (size >= kIpv4HeaderSize + kTcpHeaderSize && data[0] == 0x45) {
        upper = kIpv4HeaderSize;
        const bool isFragment = (ReadBe16(data + 6) & 0x3fff) != 0;
        if (data[9] != IPPROTO_TCP || ReadBe16(data + 2) != size || isFragment)
            return false;
    } else {
        return false;
    }
    const uint8_t* tcp = data + upper;
    const size_t tcpHeader = static_cast<size_t>(tcp[kTcpDataOffset] >> 4) * 4;
    headers = upper + tcpHeader;
    const int flags = tcp[kTcpFlags] & ~(kTcpPush | kTcpEcnEcho);
    return tcpHeader >= kTcpHeaderSize && headers < size && flags == kTcpAck;
}

bool TcpSegment::is_pushed() const {
    return (packet[upper + kTcpFlags] & kTcpPush) != 0;
}

uint32_t TcpSegment::sequence() const {
    return ReadBe32(packet + upper + kTcpSequence);
}

uint16_t TcpSegment::ipv4_id() const {
    return ReadBe16(packet + kIpv4Id);
}

bool TcpSegment::HasHeadersOf(const TcpSegment& other) const {
    if (headers != other.headers || upper != other.upper)
        return false;
    const uint8_t* a = packet;
    const uint8_t* b = other.packet;
    // All but length and, for IPv4, identification and header checksum.
    const bool sameNetwork =
        is_ipv4() ? Same(a, b, 0, 2) && Same(a, b, 6, 10) && Same(a, b, 12, kIpv4HeaderSize)
                  : Same(a, b, 0, 4) && Same(a, b, 6, kIpv6HeaderSize);
    a += upper;
    b += upper;
    return sameNetwork && Same(a, b, 0, kTcpSequence) &&
           Same(a, b, kTcpAcknowledgement, kTcpFlags) &&
           ((a[kTcpFlags] ^ b[kTcpFlags]) & ~kTcpPush) == 0 &&
           Same(a, b, kTcpWindow, kTcpChecksum) && Same(a, b, kTcpUrgent, headers - upper);
}

bool TcpSegment::HasValidChecksums() const {
    const uint64_t sum =
        ChecksumAdd(packet + upper, length - upper, PseudoHeaderSum(*this, length));
    return ChecksumFinish(sum) == 0 &&
           (!is_ipv4() || ChecksumFinish(ChecksumAdd(packet, kIpv4HeaderSize, 0)) == 0);
}

void MakeSuperHeaders(const TcpSegment& first, size_t total, bool isPushed, uint8_t* headers) {
    memcpy(headers, first.packet, first.headers);
    if (first.is_ipv4()) {
        WriteBe16(headers + 2, total);
        memset(headers + kIpv4Checksum, 0, 2);
        const uint16_t sum = ChecksumFinish(ChecksumAdd(headers, kIpv4HeaderSize, 0));
        memcpy(headers + kIpv4Checksum, &sum, sizeof sum);
    } else {
        WriteBe16(headers + 4, total - kIpv6HeaderSize);
    }
    uint8_t* tcp = headers + first.upper;
    if (isPushed)
        tcp[kTcpFlags] |= kTcpPush;
    const uint16_t partial = ChecksumFold(PseudoHeaderSum(first, total));
    memcpy(tcp + kTcpChecksum, &partial, sizeof partial);
}

} // namespace tuntap2
