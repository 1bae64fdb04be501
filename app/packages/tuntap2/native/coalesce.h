// Joins TCP segments of a burst into super-packets, so that the kernel walks its stack once for up
// to 64 of them: the reverse of segment.h, and what a network card's GRO does. The kernel cuts a
// super-packet again where it has to, into exactly the packets that went in; only segments for
// which that holds are joined.
//
// Neighbours in the burst are joined and nothing is ever reordered, so that what was sent is always
// a whole number of frames from the front. Left alone are interleaved flows and UDP.

#pragma once

#include <cstddef>
#include <cstdint>

#include "message.h"
#include "tcp_segment.h"

namespace tuntap2 {

class Coalescer {
  public:
    static constexpr size_t kMaxMessages = 64;

    /// `headroom`: bytes in front of each packet that the kernel's offsets count as well, such as
    /// the Ethernet header on AF_PACKET.
    explicit Coalescer(size_t headroom) : headroom_(headroom) {}

    /// Like PlanSingly, but joins. The slices point into `burst` and, for the headers of joined
    /// messages, into this, where they hold until the next call. At most kMaxMessages at a time.
    size_t Plan(const uint8_t* burst, size_t length, OutMessage* messages, size_t max);

  private:
    /// The super-packet that is growing at the end of the plan.
    struct Run {
        TcpSegment first;
        size_t segments = 0;   ///< 0: nothing is growing.
        size_t total = 0;      ///< Bytes of the super-packet so far.
        uint32_t sequence = 0; ///< That of the segment which would continue it.
        bool is_pushed = false;
        bool is_verified = false; ///< The checksums of `first`.

        void Begin(const TcpSegment& segment);
    };

    bool CanGrow(const TcpSegment& segment);
    void Grow(const TcpSegment& segment, OutMessage* message);
    void Finish(OutMessage* message, uint8_t* headers);

    size_t headroom_;
    Run run_;
    uint8_t headers_[kMaxMessages][TcpSegment::kMaxHeaders];
};

} // namespace tuntap2
