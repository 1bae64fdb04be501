#include "burst_reader.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

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

void BurstReader::Sort(std::unique_ptr<FlowQueue> queue, Clock clock) {
    queue_ = std::move(queue);
    clock_ = clock;
    if (port_->CanThin())
        queue_->WatchFloods();
}

size_t BurstReader::Read(uint8_t* out, size_t space, size_t most, Failure* failure) {
    const size_t used = is_sorting_ ? ReadSorted(out, space, most, failure)
                                    : ReadInOrder(out, space, most, failure);
    pace_.Passed(used);
    return used;
}

size_t BurstReader::ReadInOrder(uint8_t* out, size_t space, size_t most, Failure* failure) {
    size_t used = 0;
    size_t taken = 0;
    bool sawSuperPacket = false;
    bool isEmptied = false;
    while (Deliver(out, space, &used) && used < most) {
        size_t limit = ReceiveLimit(taken, space - used, most - used);
        if (limit == 0)
            break;
        next_ = 0;
        count_ = port_->Receive(limit, frames_, failure);
        taken += count_;
        pace_.Received(count_);
        for (size_t i = 0; i < count_; i++)
            sawSuperPacket |= frames_[i].vnet.gso_type != 0;
        expects_super_packets_ |= sawSuperPacket;
        isEmptied = count_ == 0;
        if (isEmptied)
            break;
    }
    if (taken != 0)
        expects_super_packets_ = sawSuperPacket;
    state_[kPending] = next_ < count_ ? 1 : 0;
    if (isEmptied) {
        pace_.Stop();
    } else {
        WatchBacklog();
    }
    return used;
}

/// The kernel has more than was taken.
void BurstReader::WatchBacklog() {
    PublishDrops();
    if (!queue_)
        return;
    const Microseconds now = clock_();
    const Backlog most = port_->MostWaiting();
    if (!pace_.IsRunning()) {
        pace_.Restart(now);
    } else if (pace_.Lasted(now) > (most.frames == 0 ? kPatience : kPaceWindow)) {
        if (pace_.IsQuick(most, now)) {
            pace_.Restart(now);
        } else {
            BeginSorting(now);
        }
    }
}

void BurstReader::BeginSorting(Microseconds now) {
    is_sorting_ = true;
    is_settled_ = false;
    pace_.Restart(now);
}

/// While packets are sorted.
void BurstReader::JudgePace(Microseconds now) {
    if (pace_.Lasted(now) <= kPaceWindow)
        return;
    is_settled_ = pace_.IsQuick(port_->MostWaiting(), now);
    pace_.Restart(now);
}

size_t BurstReader::ReadSorted(uint8_t* out, size_t space, size_t most, Failure* failure) {
    const Microseconds now = clock_();
    // Packets that arrived before a change in the kernel do not show its effect, so they are taken
    // out of it quickly.
    const bool isSettling = queue_->thinner().IsSettling();
    JudgePace(now);
    const bool isEmptied =
        !is_settled_ && GatherPackets(isSettling ? kGatheredAlone : kGatheredPerRead, now, failure);
    PublishDrops();
    // Not counted against `most`: a flood of them must not keep the data waiting.
    const size_t local = port_->HasEthernet() ? 0 : control_.Drain(out, space);
    size_t used = local;
    for (size_t packets = 0; packets < kMaxFrames && used - local < most; packets++) {
        const size_t size = queue_->Pop(out + used, space - used, now);
        if (size == 0)
            break;
        used += size;
    }
    ThinFloods(now, isEmptied);
    state_[kPending] = queue_->IsEmpty() ? 0 : 1;
    if (queue_->IsEmpty() && (isEmptied || is_settled_) && state_[kThinning] == 0) {
        is_sorting_ = false;
        pace_.Stop();
    }
    return used;
}

void BurstReader::Gather(Failure* failure) {
    if (!queue_)
        return;
    const Microseconds now = clock_();
    // The caller takes nothing: whatever the pace was, it is none now.
    BeginSorting(now);
    const bool isEmptied = GatherPackets(kGatheredAlone, now, failure);
    PublishDrops();
    ThinFloods(now, isEmptied);
    state_[kPending] = queue_->IsEmpty() ? 0 : 1;
}

void BurstReader::ThinFloods(Microseconds now, bool isEmptied) {
    owes_rules_ |= queue_->JudgeFloods(now, isEmptied);
    if (!owes_rules_)
        return;
    ThinnedFlow flows[FlowThinner::kMost];
    // The kernel may be out of memory: without a retry, a flood that has ended would stay refused.
    owes_rules_ = static_cast<bool>(port_->Thin(flows, queue_->thinner().Rules(flows)));
    state_[kThinning] = owes_rules_ || queue_->thinner().IsThinning() ? 1 : 0;
}

void BurstReader::Relent() {
    if (queue_)
        ThinFloods(clock_(), true);
}

/// True when the kernel has nothing more.
bool BurstReader::GatherPackets(size_t most, Microseconds now, Failure* failure) {
    for (size_t taken = Enqueue(now); taken < most; taken += Enqueue(now)) {
        next_ = 0;
        count_ = port_->Receive(Port::kMaxReceive, frames_, failure);
        if (count_ == 0)
            return true;
        pace_.Received(count_);
    }
    return false;
}

/// Puts everything received into the queue and returns the packets.
size_t BurstReader::Enqueue(Microseconds now) {
    size_t packets = count_ - next_;
    while (IsReady()) {
        const size_t length = NextLength();
        if (stage_ == Stage::kWhole) {
            EnqueuePacket(packet_, length, now);
            Finish();
            continue;
        }
        if (!segment_)
            segment_.reset(new (std::nothrow) uint8_t[kMaxFrameSize]);
        if (!segment_) {
            state_[kReadMalformed]++;
            Finish();
            continue;
        }
        segmenter_.Emit(segment_.get());
        EnqueuePacket(segment_.get(), length, now);
        packets++;
        if (segmenter_.Done())
            Finish();
    }
    return packets;
}

void BurstReader::EnqueuePacket(const uint8_t* packet, size_t length, Microseconds now) {
    CountRead(length);
    const bool isLocal = !port_->HasEthernet() && IpVersion(packet) == 6 &&
                         IsMulticastOrLinkLocal(packet + kIpv6Destination);
    // Without room there it waits like data.
    if (!isLocal || !control_.Push(packet, length))
        queue_->Push(packet, length, now);
}

void BurstReader::PublishDrops() {
    const uint64_t dropped = port_->TakeDropped();
    kernel_dropped_ += static_cast<double>(dropped);
    state_[kKernelDropped] = kernel_dropped_;
    if (!queue_)
        return;
    queue_->LostUnseen(dropped);
    state_[kKernelDropped] += std::floor(queue_->thinner().refused());
    state_[kQueueDropped] = static_cast<double>(queue_->dropped());
    state_[kQueueMarked] = static_cast<double>(queue_->marked());
}

/// Frames are taken to be of full size: a few more calls then bring what is wanted, and no more.
size_t BurstReader::ReceiveLimit(size_t taken, size_t room, size_t wanted) const {
    size_t size = expects_super_packets_ ? kRoomForSuperPacket : kRoomForPacket;
    return std::min({room / size, wanted / size + 1, kMaxFrames - taken, Port::kMaxReceive});
}

/// Whether a packet is ready to be handed out; otherwise everything received has been handled.
bool BurstReader::IsReady() {
    while (stage_ == Stage::kUntouched && next_ < count_) {
        stage_ = Prepare(frames_[next_]);
        if (stage_ == Stage::kUntouched)
            next_++;
    }
    return stage_ != Stage::kUntouched;
}

size_t BurstReader::NextLength() const {
    return stage_ == Stage::kWhole ? length_ : segmenter_.NextLength();
}

void BurstReader::CountRead(size_t length) {
    state_[kReadPackets]++;
    state_[kReadBytes] += static_cast<double>(length);
}

/// Hands out everything received; false when `out` has no room for the next packet.
bool BurstReader::Deliver(uint8_t* out, size_t space, size_t* used) {
    while (IsReady()) {
        const size_t length = NextLength();
        if (space - *used < 2 + length)
            return false;
        uint8_t* at = out + *used;
        WriteBe16(at, length);
        const bool whole = stage_ == Stage::kWhole;
        if (whole) {
            memcpy(at + 2, packet_, length);
        } else {
            segmenter_.Emit(at + 2);
        }
        *used += 2 + length;
        CountRead(length);
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
