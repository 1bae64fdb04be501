// From the kernel's frames to a burst: takes frames from a port, sets control frames aside,
// finishes checksums, cuts super-packets, and lays the packets into the caller's memory, each
// behind its 2-byte length.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "control_queue.h"
#include "port.h"
#include "segment.h"

namespace tuntap2 {

class BurstReader {
  public:
    /// `state` has kStateSlots numbers. `mac` is our own address, for a port with Ethernet headers.
    BurstReader(Port* port, double* state, const uint8_t* mac);

    /// Fills `out` and returns the bytes; `failure` is set when the device is beyond use. What does
    /// not fit stays for the next call, which kPending tells.
    size_t Read(uint8_t* out, size_t space, Failure* failure);

    /// Bytes of space that always allow progress, one super-packet of full-size segments included.
    size_t MinSpace() const;

    /// nullptr: unknown.
    void SetPeer(const uint8_t* mac);
    void SetMac(const uint8_t* mac) { memcpy(mac_, mac, sizeof mac_); }
    ControlQueue& control() { return control_; }

  private:
    enum class Stage { kUntouched, kWhole, kSegments };

    bool Deliver(uint8_t* out, size_t space, size_t* used);
    size_t ReceiveLimit(size_t taken, size_t room) const;
    Stage Prepare(Received& frame);
    Stage PreparePacket(VnetHeader header, uint8_t* packet, size_t available);
    bool IsData(const Received& frame) const;
    void SetAside(Received& frame);
    void Finish();

    static constexpr size_t kMaxFrames = 64;
    /// Room that makes taking one more frame worthwhile: it rarely has to be kept back then.
    static constexpr size_t kRoomForPacket = 2 + 2048;
    static constexpr size_t kRoomForSuperPacket = 72 * 1024;

    Port* port_;
    double* state_;
    uint8_t mac_[6];
    uint8_t peer_[6];
    bool has_peer_ = false;
    /// Super-packets arrived lately, so room for one is kept.
    bool expects_super_packets_ = false;

    Received frames_[Port::kMaxReceive];
    size_t next_ = 0; ///< The first frame not handed out.
    size_t count_ = 0;
    Stage stage_ = Stage::kUntouched;
    const uint8_t* packet_ = nullptr; ///< In stage kWhole.
    size_t length_ = 0;
    Segmenter segmenter_;
    ControlQueue control_;
};

} // namespace tuntap2
