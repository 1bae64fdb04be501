// An Ethernet interface through an AF_PACKET socket (packet(7)): many frames per system call. The
// virtio header (PACKET_VNET_HDR) is always on: without it, frames from a virtual interface arrive
// with half-made checksums and nothing that says so.

#pragma once

#include <memory>
#include <sys/socket.h>

#include "fd.h"
#include "packet_filter.h"
#include "port.h"

namespace tuntap2 {

struct PacketRequest {
    const char* name;
    uint32_t receive_buffer; ///< Bytes, 0 for the system's default.
    uint32_t send_buffer;
    FrameShare share;
};

struct EthernetIdentity {
    int index;
    uint8_t mac[6];
};

class PacketPort final : public Port {
  public:
    static Failure Open(const PacketRequest& request, UniqueFd* fd, EthernetIdentity* identity,
                        std::unique_ptr<Port>* port);
    ~PacketPort() override;

    size_t Receive(size_t max, Received* frames, Failure* failure) override;
    size_t Send(OutMessage* messages, size_t count, int* error) override;
    bool IsGone(int error) const override;
    Failure TakeError() override;
    bool IsDown() override;
    uint64_t TakeDropped() override;
    bool CanThin() const override { return share_ == FrameShare::kData; }
    Failure Thin(const ThinnedFlow* flows, size_t count) override;
    Failure SetKnown(const uint8_t* mac) override;
    bool HasEthernet() const override { return true; }
    bool HasOffload() const override { return true; }

  private:
    static constexpr size_t kMaxSend = 64;
    /// Not a power of two: the starts of the slots then fall into different cache sets.
    static constexpr size_t kSlotSize = 64 * 1027;
    static_assert(kSlotSize > kMaxFrameSize);

    PacketPort(int fd, int index, FrameShare share, uint8_t* slots);
    bool IsDetached() const;

    int fd_;
    int index_;
    FrameShare share_;
    bool is_down_ = false;
    uint8_t* slots_;
    iovec slices_[kMaxReceive][2];
    mmsghdr incoming_[kMaxReceive];
    mmsghdr outgoing_[kMaxSend];
};

} // namespace tuntap2
