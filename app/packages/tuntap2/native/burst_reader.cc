#include "burst_reader.h"

#include <algorithm>
#include <cstring>

#include "ip_packet.h"
#include "state.h"

namespace tuntap2 {

namespace {

constexpr size_t kEtherType = 12;
constexpr uint16_t kEtherTypeIpv6 = 0x86dd;
constexpr uint16_t kEtherTypeVlan = 0x8100;
constexpr uint16_t kEtherTypeServiceVlan = 0x88a8;
constexpr size_t kIpv6Destination = 24;

bool IsMulticastOrLinkLocal(const uint8_t* address) {
    return address[0] == 0xff || (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
}

} // namespace

BurstReader::BurstReader(Port* port, double* state, const uint8_t* mac)
    : port_(port), state_(state) {
    memcpy(mac_, mac, sizeof mac_);
    memset(peer_, 0, sizeof peer_);
}

void BurstReader::SetPeer(const uint8_t* mac) {
    has_peer_ = mac != nullptr;
    if (has_peer_)
        memcpy(peer_, mac, sizeof peer_);
}

size_t BurstReader::MinSpace() const {
    return port_->HasOffload() ? kRoomForSuperPacket : 2 + 0xffff;
}

size_t BurstReader::Read(uint8_t* out, size_t space, Failure* failure) {
    size_t used = 0;
    size_t taken = 0;
    bool sawSuperPacket = false;
    while (Deliver(out, space, &used)) {
        size_t limit = ReceiveLimit(taken, space - used);
        if (limit == 0)
            break;
        next_ = 0;
        count_ = port_->Receive(limit, frames_, failure);
        taken += count_;
        for (size_t i = 0; i < count_; i++)
            sawSuperPacket |= frames_[i].vnet.gso_type != 0;
        expects_super_packets_ |= sawSuperPacket;
        if (count_ == 0)
            break;
    }
    if (taken != 0)
        expects_super_packets_ = sawSuperPacket;
    state_[kPending] = next_ < count_ ? 1 : 0;
    return used;
}

size_t BurstReader::ReceiveLimit(size_t taken, size_t room) const {
    size_t size = expects_super_packets_ ? kRoomForSuperPacket : kRoomForPacket;
    return std::min({room / size, kMaxFrames - taken, Port::kMaxReceive});
}

/// Hands out everything received; false when `out` has no room for the next packet.
bool BurstReader::Deliver(uint8_t* out, size_t space, size_t* used) {
    while (next_ < count_) {
        if (stage_ == Stage::kUntouched) {
            stage_ = Prepare(frames_[next_]);
            if (stage_ == Stage::kUntouched) {
                next_++;
                continue;
            }
        }
        bool whole = stage_ == Stage::kWhole;
        size_t length = whole ? length_ : segmenter_.NextLength();
        if (space - *used < 2 + length)
            return false;
        uint8_t* at = out + *used;
        WriteBe16(at, length);
        if (whole) {
            memcpy(at + 2, packet_, length);
        } else {
            segmenter_.Emit(at + 2);
        }
        *used += 2 + length;
        state_[kReadPackets]++;
        state_[kReadBytes] += static_cast<double>(length);
        if (whole || segmenter_.Done())
            Finish();
    }
    return true;
}

void BurstReader::Finish() {
    stage_ = Stage::kUntouched;
    next_++;
}

/// kUntouched: the frame is dealt with, nothing goes into the burst.
BurstReader::Stage BurstReader::Prepare(Received& frame) {
    if (!port_->HasEthernet())
        return PreparePacket(frame.vnet, frame.data, frame.length);
    if (frame.length < kEthernetHeaderSize) {
        state_[kReadMalformed]++;
        return Stage::kUntouched;
    }
    if (!IsData(frame)) {
        SetAside(frame);
        return Stage::kUntouched;
    }
    VnetHeader header = frame.vnet;
    // Offsets may count from the Ethernet header; one that points into it becomes huge here and is
    // refused.
    header.csum_start = static_cast<uint16_t>(header.csum_start - kEthernetHeaderSize);
    return PreparePacket(header, frame.data + kEthernetHeaderSize,
                         frame.length - kEthernetHeaderSize);
}

BurstReader::Stage BurstReader::PreparePacket(VnetHeader header, uint8_t* packet,
                                              size_t available) {
    length_ = IpPacketLength(packet, available);
    if (length_ != 0) {
        if (header.gso_type != VnetHeader::kGsoNone) {
            if (segmenter_.Begin(header, packet, length_))
                return Stage::kSegments;
        } else if (CompleteChecksum(header, packet, length_)) {
            packet_ = packet;
            return Stage::kWhole;
        }
    }
    state_[kReadMalformed]++;
    return Stage::kUntouched;
}

bool BurstReader::IsData(const Received& frame) const {
    const uint8_t* data = frame.data;
    return has_peer_ && memcmp(data, mac_, sizeof mac_) == 0 &&
           memcmp(data + sizeof mac_, peer_, sizeof peer_) == 0 &&
           ReadBe16(data + kEtherType) == kEtherTypeIpv6 &&
           frame.length >= kEthernetHeaderSize + kIpv6HeaderSize &&
           IpVersion(data + kEthernetHeaderSize) == 6 &&
           !IsMulticastOrLinkLocal(data + kEthernetHeaderSize + kIpv6Destination);
}

void BurstReader::SetAside(Received& frame) {
    uint16_t type = ReadBe16(frame.data + kEtherType);
    bool isVlan = type == kEtherTypeVlan || type == kEtherTypeServiceVlan;
    if (isVlan || !CompleteChecksum(frame.vnet, frame.data, frame.length)) {
        state_[kReadMalformed]++;
        return;
    }
    // No control protocol speaks in super-packets.
    bool isSuperPacket = frame.vnet.gso_type != VnetHeader::kGsoNone;
    if (isSuperPacket || !control_.Push(frame.data, frame.length))
        state_[kControlDropped]++;
}

} // namespace tuntap2
