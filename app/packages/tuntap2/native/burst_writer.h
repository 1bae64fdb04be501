// From a burst to the kernel: plans messages, puts Ethernet headers in front, sends, and sorts what
// the kernel refuses.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "coalesce.h"
#include "message.h"
#include "port.h"

namespace tuntap2 {

class BurstWriter {
  public:
    enum class Result { kDone, kBlocked, kBroken, kFailed };

    /// `joins`: TCP segments may go to the kernel as super-packets.
    BurstWriter(Port* port, double* state, const uint8_t* mac, bool joins);

    /// Sends the frames of `burst`; `consumed` counts the bytes of those sent or refused. kBlocked:
    /// the kernel takes no more now. kBroken: the burst ends inside a frame. kFailed: the interface
    /// is gone, see `failure`.
    Result Write(const uint8_t* burst, size_t length, size_t* consumed, Failure* failure);

    /// Sends a whole Ethernet frame.
    Result SendFrame(const uint8_t* frame, size_t length, Failure* failure);

    /// nullptr: unknown.
    void SetPeer(const uint8_t* mac);
    void SetMac(const uint8_t* mac) { memcpy(mac_, mac, sizeof mac_); }

  private:
    size_t Plan(const uint8_t* burst, size_t length);
    void Address(const uint8_t* packet, int version, uint8_t* header) const;
    Result Send(size_t count, size_t* done, Failure* failure);
    void Count(size_t first, size_t end);

    static constexpr size_t kMaxMessages = Coalescer::kMaxMessages;

    Port* port_;
    double* state_;
    uint8_t mac_[6];
    uint8_t peer_[6];
    bool has_peer_ = false;
    bool joins_;
    Coalescer coalescer_;
    OutMessage messages_[kMaxMessages];
    uint8_t ethernet_[kMaxMessages][kEthernetHeaderSize];
};

} // namespace tuntap2
