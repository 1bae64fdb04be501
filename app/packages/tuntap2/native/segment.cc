#include "segment.h"

#include <cstring>
#include <netinet/in.h>

#include "checksum.h"
#include "ip_packet.h"

namespace tuntap2 {

namespace {

constexpr size_t kTcpHeaderSize = 20;
constexpr size_t kTcpSequence = 4;
constexpr size_t kTcpFlags = 13;
constexpr size_t kTcpChecksum = 16;
constexpr uint8_t kTcpFin = 0x01;
constexpr uint8_t kTcpPush = 0x08;
constexpr uint8_t kTcpCwr = 0x80;
constexpr size_t kUdpHeaderSize = 8;
constexpr size_t kUdpChecksum = 6;

void StoreChecksum(uint8_t* field, uint16_t value, bool zeroMeansNone) {
    if (value == 0 && zeroMeansNone)
        value = 0xffff;
    memcpy(field, &value, sizeof value);
}

} // namespace

bool CompleteChecksum(const VnetHeader& header, uint8_t* packet, size_t length) {
    if (!(header.flags & VnetHeader::kNeedsChecksum))
        return true;
    size_t start = header.csum_start;
    size_t field = start + header.csum_offset;
    if (start >= length || field + 2 > length)
        return false;
    // The field already holds the sum of the pseudo-header.
    uint16_t sum = ChecksumFinish(ChecksumAdd(packet + start, length - start, 0));
    StoreChecksum(packet + field, sum, header.csum_offset == kUdpChecksum);
    return true;
}

bool Segmenter::Begin(const VnetHeader& header, const uint8_t* packet, size_t length) {
    packet_ = packet;
    length_ = position_ = length;
    segment_size_ = header.gso_size;
    index_ = 0;
    if (segment_size_ == 0 || !ParseNetworkHeader(header))
        return false;

    if (protocol_ == IPPROTO_TCP) {
        if (upper_ + kTcpHeaderSize > length)
            return false;
        size_t headerSize = static_cast<size_t>(packet[upper_ + 12] >> 4) * 4;
        if (headerSize < kTcpHeaderSize)
            return false;
        headers_ = upper_ + headerSize;
        checksum_ = upper_ + kTcpChecksum;
    } else {
        headers_ = upper_ + kUdpHeaderSize;
        checksum_ = upper_ + kUdpChecksum;
    }
    if (headers_ >= length)
        return false;
    if ((header.flags & VnetHeader::kNeedsChecksum) && upper_ + header.csum_offset != checksum_) {
        return false;
    }
    position_ = headers_;
    return true;
}

bool Segmenter::ParseNetworkHeader(const VnetHeader& header) {
    switch (header.gso_type & ~VnetHeader::kGsoEcn) {
    case VnetHeader::kGsoTcp4:
    case VnetHeader::kGsoTcp6:
        protocol_ = IPPROTO_TCP;
        break;
    case VnetHeader::kGsoUdp:
        protocol_ = IPPROTO_UDP;
        break;
    default:
        return false;
    }
    bool wants4 = (header.gso_type & ~VnetHeader::kGsoEcn) == VnetHeader::kGsoTcp4;
    bool wants6 = (header.gso_type & ~VnetHeader::kGsoEcn) == VnetHeader::kGsoTcp6;
    bool knowsUpper = header.flags & VnetHeader::kNeedsChecksum;

    if (length_ >= kIpv6HeaderSize && IpVersion(packet_) == 6 && !wants4) {
        ipv4_ = false;
        upper_ = knowsUpper ? header.csum_start : kIpv6HeaderSize;
        has_extensions_ = upper_ != kIpv6HeaderSize;
        return upper_ >= kIpv6HeaderSize && (has_extensions_ || packet_[6] == protocol_);
    }
    if (length_ >= kIpv4HeaderSize && IpVersion(packet_) == 4 && !wants6) {
        ipv4_ = true;
        has_extensions_ = false;
        upper_ = static_cast<size_t>(packet_[0] & 0x0f) * 4;
        bool isFragment = (ReadBe16(packet_ + 6) & 0x3fff) != 0;
        return upper_ >= kIpv4HeaderSize && packet_[9] == protocol_ && !isFragment &&
               (!knowsUpper || header.csum_start == upper_);
    }
    return false;
}

size_t Segmenter::NextLength() const {
    size_t rest = length_ - position_;
    return headers_ + (rest < segment_size_ ? rest : segment_size_);
}

uint64_t Segmenter::PseudoHeaderSum(size_t upperLength) const {
    uint32_t length = static_cast<uint32_t>(upperLength);
    if (ipv4_)
        return PseudoHeaderSum4(packet_, protocol_, length);
    if (!has_extensions_)
        return PseudoHeaderSum6(packet_, protocol_, length);
    // With a routing header the destination in the sum is not the one in the packet: take the sum
    // that the kernel left in the field and exchange only the length (RFC 1624).
    uint16_t partial;
    memcpy(&partial, packet_ + checksum_, sizeof partial);
    uint16_t whole = static_cast<uint16_t>(
        ~ChecksumFold(ChecksumAddValue(static_cast<uint32_t>(length_ - upper_), 0)));
    return ChecksumAddValue(length, static_cast<uint64_t>(partial) + whole);
}

void Segmenter::FinishIpv4(uint8_t* out, size_t size) const {
    WriteBe16(out + 2, size);
    WriteBe16(out + 4, static_cast<uint16_t>(ReadBe16(packet_ + 4) + index_));
    memset(out + 10, 0, 2);
    StoreChecksum(out + 10, ChecksumFinish(ChecksumAdd(out, upper_, 0)), false);
}

void Segmenter::Emit(uint8_t* out) {
    size_t size = NextLength();
    size_t payload = size - headers_;
    memcpy(out, packet_, headers_);
    memcpy(out + headers_, packet_ + position_, payload);

    if (ipv4_) {
        FinishIpv4(out, size);
    } else {
        WriteBe16(out + 4, size - kIpv6HeaderSize);
    }
    uint8_t* upper = out + upper_;
    if (protocol_ == IPPROTO_TCP) {
        uint32_t sequence = ReadBe32(upper + kTcpSequence);
        WriteBe32(upper + kTcpSequence, sequence + static_cast<uint32_t>(position_ - headers_));
        bool isLast = position_ + payload == length_;
        if (!isLast)
            upper[kTcpFlags] &= static_cast<uint8_t>(~(kTcpFin | kTcpPush));
        if (index_ != 0)
            upper[kTcpFlags] &= static_cast<uint8_t>(~kTcpCwr);
    } else {
        WriteBe16(upper + 4, size - upper_);
    }
    memset(out + checksum_, 0, 2);
    uint64_t sum = ChecksumAdd(upper, size - upper_, PseudoHeaderSum(size - upper_));
    StoreChecksum(out + checksum_, ChecksumFinish(sum), protocol_ == IPPROTO_UDP);

    position_ += payload;
    index_++;
}

} // namespace tuntap2
