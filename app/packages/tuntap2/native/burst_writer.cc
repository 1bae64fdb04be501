#include "burst_writer.h"

#include <cerrno>
#include <cstring>

#include "burst_plan.h"
#include "ip_packet.h"
#include "state.h"

namespace tuntap2 {

namespace {

constexpr size_t kIpv4Destination = 16;
constexpr size_t kIpv6Destination = 24;
/// The kernel or the network card cannot do what a super-packet asks for.
bool IsUnsupported(int error) {
    return error == EINVAL || error == EOPNOTSUPP || error == EMSGSIZE;
}

constexpr uint8_t kAllNodes[6] = {0x33, 0x33, 0, 0, 0, 1};

} // namespace

BurstWriter::BurstWriter(Port* port, double* state, const uint8_t* mac, bool joins)
    : port_(port), state_(state), joins_(joins && port->HasOffload()),
      coalescer_(port->HasEthernet() ? kEthernetHeaderSize : 0) {
    memcpy(mac_, mac, sizeof mac_);
    memset(peer_, 0, sizeof peer_);
}

void BurstWriter::SetPeer(const uint8_t* mac) {
    has_peer_ = mac != nullptr;
    if (has_peer_)
        memcpy(peer_, mac, sizeof peer_);
}

BurstWriter::Result BurstWriter::Write(const uint8_t* burst, size_t length, size_t* consumed,
                                       Failure* failure) {
    *consumed = 0;
    while (*consumed < length) {
        size_t count = Plan(burst + *consumed, length - *consumed);
        if (count == 0)
            return Result::kBroken;
        size_t done;
        Result result = Send(count, &done, failure);
        if (done != 0)
            *consumed += messages_[done - 1].end;
        if (result != Result::kDone)
            return result;
    }
    return Result::kDone;
}

size_t BurstWriter::Plan(const uint8_t* burst, size_t length) {
    size_t count = joins_ ? coalescer_.Plan(burst, length, messages_, kMaxMessages)
                          : PlanSingly(burst, length, messages_, kMaxMessages);
    for (size_t i = 0; i < count; i++) {
        OutMessage& message = messages_[i];
        const uint8_t* packet = static_cast<const uint8_t*>(message.iov[2].iov_base);
        int version = IpVersionOf(packet, message.iov[2].iov_len);
        if (version == 0) {
            // The kernel might take it, but no reader could.
            message.pieces = 0;
        } else if (port_->HasEthernet()) {
            Address(packet, version, ethernet_[i]);
            message.iov[1] = {ethernet_[i], kEthernetHeaderSize};
        }
    }
    return count;
}

/// The Ethernet header for a packet (RFC 2464 section 7, RFC 1112 section 6.4).
void BurstWriter::Address(const uint8_t* packet, int version, uint8_t* header) const {
    memcpy(header, has_peer_ ? peer_ : kAllNodes, 6);
    if (has_peer_ && version == 6 && packet[kIpv6Destination] == 0xff) {
        header[0] = header[1] = 0x33;
        memcpy(header + 2, packet + kIpv6Destination + 12, 4);
    } else if (has_peer_ && version == 4 && (packet[kIpv4Destination] & 0xf0) == 0xe0) {
        const uint8_t* group = packet + kIpv4Destination;
        const uint8_t mac[6] = {0x01,     0x00,    0x5e, static_cast<uint8_t>(group[1] & 0x7f),
                                group[2], group[3]};
        memcpy(header, mac, sizeof mac);
    }
    memcpy(header + 6, mac_, 6);
    WriteBe16(header + 12, version == 4 ? 0x0800 : 0x86dd);
}

BurstWriter::Result BurstWriter::Send(size_t count, size_t* done, Failure* failure) {
    *done = 0;
    while (*done < count) {
        // A message without pieces stops the run and counts as refused.
        size_t end = *done;
        while (end < count && messages_[end].pieces != 0)
            end++;
        int error = 0;
        size_t sent = end == *done ? 0 : port_->Send(messages_ + *done, end - *done, &error);
        Count(*done, *done + sent);
        *done += sent;
        if (error == EAGAIN)
            return Result::kBlocked;
        if (error != 0 && port_->IsGone(error)) {
            *failure = {error, "write"};
            return Result::kFailed;
        }
        if (IsUnsupported(error) && messages_[*done].packets > 1) {
            // The caller plans the rest again, packet by packet.
            joins_ = false;
            return Result::kDone;
        }
        if (*done < count && (error != 0 || messages_[*done].pieces == 0)) {
            state_[kWriteRefused] += static_cast<double>(messages_[*done].packets);
            ++*done;
        }
    }
    return Result::kDone;
}

void BurstWriter::Count(size_t first, size_t end) {
    for (size_t i = first; i < end; i++) {
        state_[kWrittenPackets] += static_cast<double>(messages_[i].packets);
        state_[kWrittenBytes] += static_cast<double>(messages_[i].bytes);
    }
}

BurstWriter::Result BurstWriter::SendFrame(const uint8_t* frame, size_t length, Failure* failure) {
    OutMessage& message = messages_[0];
    message.vnet = {};
    message.iov[1] = {const_cast<uint8_t*>(frame), kEthernetHeaderSize};
    message.iov[2] = {const_cast<uint8_t*>(frame) + kEthernetHeaderSize,
                      length - kEthernetHeaderSize};
    message.pieces = 1;
    message.packets = 1;
    message.bytes = length - kEthernetHeaderSize;
    size_t done;
    return Send(1, &done, failure);
}

} // namespace tuntap2
