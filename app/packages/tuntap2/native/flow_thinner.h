// Floods that react to nothing. Receiving a packet only to drop it costs most of what sending it
// costs, so a flow that loses much of what it sends, and goes on sending, is thinned where it costs
// least: by the kernel's filter, in front of the socket. It keeps a little more than its share, so
// that the queue still decides the share, and is released when it sends less.

#pragma once

#include <cstddef>
#include <cstdint>

#include "codel.h"
#include "flow_key.h"
#include "packet_store.h"

namespace tuntap2 {

class FlowThinner {
  public:
    /// More floods than these at once are left to the queue.
    static constexpr size_t kMost = 4;

    void Arrived(const FlowKey& key) {
        arrived_++;
        for (size_t i = 0; i < count_; i++) {
            if (flows_[i].key == key)
                flows_[i].arrived++;
        }
    }
    /// `backlog`: how much memory this flow holds; the counter outlives the watching.
    void Lost(const FlowKey& key, const uint32_t* backlog);

    /// Packets that the kernel had no room for. Whose they were is unknown.
    void LostUnseen(uint64_t packets) { lost_unseen_ += static_cast<double>(packets); }

    /// Judges each flow at the end of a period. `isEmptied`: the kernel holds nothing more that
    /// arrived before the last change. True when `Rules` has changed.
    bool Update(Microseconds now, bool isEmptied);

    /// Writes at most kMost flows to `out`.
    size_t Rules(ThinnedFlow* out) const;

    bool IsSettling() const { return is_settling_; }
    bool IsThinning() const { return is_thinning_; }
    bool IsWatching() const { return count_ != 0; }
    /// About how many packets the kernel has refused.
    double refused() const { return refused_; }

  private:
    static constexpr Microseconds kPeriod = 50000;
    /// With fewer packets a period does not show how a flow behaves.
    static constexpr uint32_t kLeastArrived = 32;
    /// A flow of which less than this waits has room for more.
    static constexpr uint32_t kSmallBacklog = 64 * PacketStore::BytesFor(1280);
    /// Periods in a row with great losses that make a flood: a TCP that starts has one.
    static constexpr int kPatience = 3;
    /// A change shows only behind what waits in the kernel; this is the longest wait for it.
    static constexpr Microseconds kLongestSettling = 4 * kPeriod;

    struct Watched {
        FlowKey key;
        const uint32_t* backlog = nullptr;
        uint32_t arrived = 0; ///< Since the period began, and so `lost`.
        uint32_t lost = 0;
        int bad_periods = 0;
        double pass = 1;
    };

    bool Judge(Watched* flow, double unseen);
    void BeginPeriod(Microseconds now);

    Watched flows_[kMost];
    size_t count_ = 0;
    double arrived_ = 0; ///< Of all flows, and so `lost_unseen`, since the period began.
    double lost_unseen_ = 0;
    bool is_thinning_ = false;
    bool is_settling_ = false;
    Microseconds changed_ = 0;
    Microseconds period_end_ = 0;
    double refused_ = 0;
};

} // namespace tuntap2
