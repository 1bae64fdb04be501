#include "packet_port.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <new>
#include <sys/ioctl.h>
#include <sys/mman.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

namespace tuntap2 {

namespace {

Failure Enable(int fd, int level, int option, int value, const char* step) {
    return setsockopt(fd, level, option, &value, sizeof value) == 0 ? Failure{}
                                                                    : sockets::LastError(step);
}

/// Beyond the system's limit only CAP_NET_ADMIN may go; without it the kernel silently takes the
/// limit.
void SetBuffer(int fd, int option, int forced, uint32_t bytes) {
    int value = static_cast<int>(bytes);
    if (bytes != 0 && setsockopt(fd, SOL_SOCKET, forced, &value, sizeof value) != 0) {
        setsockopt(fd, SOL_SOCKET, option, &value, sizeof value);
    }
}

Failure AttachFilter(int fd, PacketFilter filter) {
    sock_fprog program = filter.program();
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0
               ? Failure{}
               : sockets::LastError("setsockopt(SO_ATTACH_FILTER)");
}

Failure Identify(int fd, const char* name, EthernetIdentity* identity) {
    ifreq interface = {};
    if (strlen(name) >= IFNAMSIZ)
        return {ENAMETOOLONG, "ioctl(SIOCGIFINDEX)"};
    strcpy(interface.ifr_name, name);
    if (ioctl(fd, SIOCGIFINDEX, &interface) != 0) {
        return sockets::LastError("ioctl(SIOCGIFINDEX)");
    }
    identity->index = interface.ifr_ifindex;
    if (ioctl(fd, SIOCGIFHWADDR, &interface) != 0) {
        return sockets::LastError("ioctl(SIOCGIFHWADDR)");
    }
    if (interface.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return {EMEDIUMTYPE, "ioctl(SIOCGIFHWADDR)"};
    memcpy(identity->mac, interface.ifr_hwaddr.sa_data, sizeof identity->mac);
    return {};
}

/// The socket receives nothing before this: it was opened without a protocol.
Failure Bind(int fd, int index) {
    packet_mreq membership = {};
    membership.mr_ifindex = index;
    membership.mr_type = PACKET_MR_ALLMULTI;
    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership) != 0) {
        return sockets::LastError("setsockopt(PACKET_ADD_MEMBERSHIP)");
    }
    sockaddr_ll address = {};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = index;
    // ETH_P_ALL, not ETH_P_IPV6: only then frames are seen that the firewall's ingress hook drops
    // afterwards.
    address.sll_protocol = htons(ETH_P_ALL);
    return bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0
               ? Failure{}
               : sockets::LastError("bind");
}

} // namespace

Failure PacketPort::Open(const PacketRequest& request, UniqueFd* fd, EthernetIdentity* identity,
                         std::unique_ptr<Port>* port) {
    UniqueFd opened(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!opened.valid())
        return sockets::LastError("socket(AF_PACKET)");
    int number = opened.get();

    Failure failure = Identify(number, request.name, identity);
    if (!failure) {
        failure = Enable(number, SOL_PACKET, PACKET_VNET_HDR, 1, "setsockopt(PACKET_VNET_HDR)");
    }
    if (!failure)
        failure = AttachFilter(number, PacketFilter(request.share, nullptr, nullptr, 0));
    if (failure)
        return failure;
    SetBuffer(number, SO_RCVBUF, SO_RCVBUFFORCE, request.receive_buffer);
    SetBuffer(number, SO_SNDBUF, SO_SNDBUFFORCE, request.send_buffer);
    // Saves copies since Linux 4.20; the filter does the same on older ones.
    Enable(number, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "");

    void* slots = mmap(nullptr, kSlotSize * kMaxReceive, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slots == MAP_FAILED)
        return sockets::LastError("mmap");
    port->reset(new (std::nothrow) PacketPort(number, identity->index, request.share,
                                              static_cast<uint8_t*>(slots)));
    if (!*port) {
        munmap(slots, kSlotSize * kMaxReceive);
        return {ENOMEM, "new"};
    }
    failure = Bind(number, identity->index);
    if (failure)
        return failure;
    *fd = std::move(opened);
    return {};
}

PacketPort::PacketPort(int fd, int index, FrameShare share, uint8_t* slots)
    : fd_(fd), index_(index), share_(share), slots_(slots) {
    memset(incoming_, 0, sizeof incoming_);
    memset(outgoing_, 0, sizeof outgoing_);
    for (size_t i = 0; i < kMaxReceive; i++) {
        slices_[i][1] = {slots_ + i * kSlotSize, kMaxFrameSize};
        incoming_[i].msg_hdr.msg_iov = slices_[i];
        incoming_[i].msg_hdr.msg_iovlen = 2;
    }
}

PacketPort::~PacketPort() {
    munmap(slots_, kSlotSize * kMaxReceive);
}

size_t PacketPort::Receive(size_t max, Received* frames, Failure* failure) {
    max = std::min(max, kMaxReceive);
    for (size_t i = 0; i < max; i++)
        slices_[i][0] = {&frames[i].vnet, sizeof frames[i].vnet};
    int count;
    do {
        count = recvmmsg(fd_, incoming_, static_cast<unsigned>(max), MSG_DONTWAIT, nullptr);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        if (errno == ENETDOWN) {
            is_down_ = true;
            if (IsDetached())
                *failure = {ENODEV, "recvmmsg"};
        } else if (errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM) {
            *failure = sockets::LastError("recvmmsg");
        }
        return 0;
    }
    size_t received = static_cast<size_t>(count);
    for (size_t i = 0; i < received; i++) {
        frames[i].data = slots_ + i * kSlotSize;
        size_t size = incoming_[i].msg_len;
        bool whole = size > sizeof frames[i].vnet && !(incoming_[i].msg_hdr.msg_flags & MSG_TRUNC);
        frames[i].length = whole ? size - sizeof frames[i].vnet : 0;
    }
    return received;
}

size_t PacketPort::Send(OutMessage* messages, size_t count, int* error) {
    *error = 0;
    size_t sent = 0;
    while (sent < count) {
        size_t batch = std::min(count - sent, kMaxSend);
        for (size_t i = 0; i < batch; i++) {
            OutMessage& message = messages[sent + i];
            message.iov[0] = {&message.vnet, sizeof message.vnet};
            outgoing_[i].msg_hdr.msg_iov = message.iov;
            outgoing_[i].msg_hdr.msg_iovlen = 2 + static_cast<size_t>(message.pieces);
        }
        int taken = sendmmsg(fd_, outgoing_, static_cast<unsigned>(batch), MSG_DONTWAIT);
        if (taken < 0) {
            if (errno == EINTR)
                continue;
            *error = errno;
            return sent;
        }
        sent += static_cast<size_t>(taken);
    }
    return sent;
}

// Without its interface the socket answers ENXIO; ENETDOWN while the interface is down.
bool PacketPort::IsGone(int error) const {
    return error == ENXIO || error == ENODEV || error == EBADF;
}

Failure PacketPort::TakeError() {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (IsDetached())
        return {ENODEV, "recvmmsg"};
    if (error == ENETDOWN)
        is_down_ = true;
    return error == 0 || error == ENETDOWN ? Failure{} : Failure{error, "recvmmsg"};
}

bool PacketPort::IsDown() {
    if (!is_down_)
        return false;
    ifreq interface = {};
    interface.ifr_ifindex = index_;
    is_down_ = ioctl(fd_, SIOCGIFNAME, &interface) != 0 ||
               ioctl(fd_, SIOCGIFFLAGS, &interface) != 0 || !(interface.ifr_flags & IFF_UP);
    return is_down_;
}

/// The kernel's counter restarts at 0 with each answer.
uint64_t PacketPort::TakeDropped() {
    tpacket_stats counted = {};
    socklen_t size = sizeof counted;
    const bool isCounted = getsockopt(fd_, SOL_PACKET, PACKET_STATISTICS, &counted, &size) == 0;
    return isCounted ? counted.tp_drops : 0;
}

/// The kernel replaces a socket's filter at once: no frame is judged by half of each.
Failure PacketPort::SetKnown(const uint8_t* mac) {
    return AttachFilter(fd_, PacketFilter(share_, mac, nullptr, 0));
}

Failure PacketPort::Thin(const ThinnedFlow* flows, size_t count) {
    return AttachFilter(fd_, PacketFilter(share_, nullptr, flows, count));
}

/// When an interface goes for good the kernel takes its index out of the socket's address, but does
/// not wake the socket if the interface had been taken down before.
bool PacketPort::IsDetached() const {
    sockaddr_ll address = {};
    socklen_t size = sizeof address;
    return getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
           address.sll_ifindex < 0;
}

} // namespace tuntap2
