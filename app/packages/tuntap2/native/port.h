// The kernel's side of a device: where frames come from and go to. A TUN or TAP descriptor and an
// AF_PACKET socket differ in little else. A port does not own its descriptor.

#pragma once

#include <cstddef>
#include <cstdint>

#include "flow_key.h"
#include "message.h"
#include "socket_values.h"

namespace tuntap2 {

using sockets::Failure;

/// Longest frame that a port delivers: an Ethernet header and the longest IP packet.
constexpr size_t kMaxFrameSize = kEthernetHeaderSize + 0xffff;

/// A frame as the kernel gave it. The memory is the port's and holds until its next Receive.
struct Received {
    VnetHeader vnet; ///< All zero where the port has no such header.
    uint8_t* data;   ///< From the Ethernet header on, if the port has one.
    size_t length;   ///< 0 when the kernel had to cut the frame.
};

/// What waits in the kernel at most.
struct Backlog {
    uint64_t frames; ///< 0: not known.
    uint64_t bytes;
};

class Port {
  public:
    virtual ~Port() = default;

    /// Of frames to be received: every queue has a limit in frames or, by the memory that its
    /// senders may use, in bytes.
    virtual Backlog MostWaiting() const { return {}; }

    /// Takes up to `max` (at most kMaxReceive) frames. 0 when there is nothing more now, or with
    /// `failure` set when there never will be.
    virtual size_t Receive(size_t max, Received* frames, Failure* failure) = 0;

    /// Sends from the front of `messages` until one is not taken, and returns how many were.
    /// `error` is then the errno for the first that was not, else 0.
    virtual size_t Send(OutMessage* messages, size_t count, int* error) = 0;

    /// Whether a Send error means that the interface is gone, not that one packet is unwelcome.
    virtual bool IsGone(int error) const = 0;

    /// After the descriptor polled as faulty: why, or nothing when it can be polled again.
    virtual Failure TakeError() = 0;

    /// The last error reported that the interface was taken down; it may come up again.
    virtual bool IsDown() { return false; }

    /// Frames that the kernel dropped for want of room since the last call.
    virtual uint64_t TakeDropped() { return 0; }

    /// Whether `Thin` does anything.
    virtual bool CanThin() const { return false; }

    /// Has the kernel refuse a part of these flows before they are queued, and of no others. After
    /// a failure the flows of the last call remain.
    virtual Failure Thin(const ThinnedFlow* /*flows*/, size_t /*count*/) { return {}; }

    /// Whose control frames have a queue of their own, or null; for ports that deliver such a
    /// share.
    virtual Failure SetKnown(const uint8_t* /*mac*/) { return {}; }

    /// Undoes what the next user of a lasting interface would not expect.
    virtual void Leave() {}

    /// Frames begin with an Ethernet header.
    virtual bool HasEthernet() const = 0;
    /// Frames may be super-packets, both ways.
    virtual bool HasOffload() const = 0;

    static constexpr size_t kMaxReceive = 32;
};

} // namespace tuntap2
