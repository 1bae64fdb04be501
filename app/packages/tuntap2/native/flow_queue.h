// Packets that wait while more arrive than leave: a queue per flow, served in turns (FQ-CoDel, RFC
// 8290). A flow that sends less than its share finds an empty queue; one that sends more waits
// behind its own packets, and loses only them. Order is kept within a flow only.
//
// Time bounds it: a flow whose queue stands learns of it by a mark or a drop (CoDel), and a packet
// that arrives removes those of its flow that have waited for longer than `longest_wait`. Memory
// bounds it too: when the store is full, the flow that holds most of it loses its oldest packets.

#pragma once

#include <cstddef>
#include <cstdint>

#include "codel.h"
#include "flow_thinner.h"
#include "packet_store.h"
#include "siphash.h"

namespace tuntap2 {

class FlowQueue {
  public:
    struct Settings {
        size_t store_bytes;
        Codel::Settings codel;
        /// Older packets of a flow make way for its new ones.
        Microseconds longest_wait;
    };

    explicit FlowQueue(const Settings& settings) : settings_(settings) {}

    /// False when there is no memory. `key` keeps a host from choosing which flows share a queue.
    bool Open(const HashKey& key);

    /// From now on floods are looked for: the kernel can be made to refuse them.
    void WatchFloods() { is_watching_ = true; }

    /// Takes a whole IP packet, which may cost others their place.
    void Push(const uint8_t* packet, size_t length, Microseconds now);

    /// Writes the next packet, behind its 2-byte length, to `out` and returns the bytes; 0 when
    /// nothing waits, or when `space` is less than 2 bytes and the longest packet that may wait.
    size_t Pop(uint8_t* out, size_t space, Microseconds now);

    /// Judges the flows that lose much; true when `thinner` has new rules for the kernel.
    bool JudgeFloods(Microseconds now, bool isEmptied) {
        return is_watching_ && thinner_.Update(now, isEmptied);
    }
    void LostUnseen(uint64_t packets) { thinner_.LostUnseen(packets); }
    const FlowThinner& thinner() const { return thinner_; }

    bool IsEmpty() const { return packets_ == 0; }
    size_t packets() const { return packets_; }
    uint64_t dropped() const { return dropped_; }
    uint64_t marked() const { return marked_; }

  private:
    using Index = PacketStore::Index;
    using FlowId = uint16_t;
    static constexpr size_t kFlows = 1024;
    static constexpr FlowId kNoFlow = 0xffff;
    /// Bytes that a flow may send per turn: one packet of the tunnel's MTU at first and on a slow
    /// way. On a faster one, several packets that follow one another can be joined by the receiver,
    /// which then acknowledges less often.
    static constexpr int32_t kQuantum = 1280;
    static constexpr int32_t kMostQuantum = 8 * kQuantum;
    /// Several packets per turn only so far as all flows have had theirs within this time.
    static constexpr Microseconds kRotation = 20000;
    /// For how long the pace is watched before it is judged again.
    static constexpr Microseconds kPaceWindow = 50000;
    /// However slow the way out is, a flow may have this much waiting: four packets, or more small
    /// ones.
    static constexpr uint32_t kLeastBacklog = 4 * PacketStore::BytesFor(1280);
    /// The search for the fattest flow looks at each, so it drops this many of its packets at once.
    static constexpr int kDropsPerSearch = 16;

    enum class Turn : uint8_t { kNone, kNew, kOld };

    struct Flow {
        Index head = PacketStore::kNone;
        Index tail = PacketStore::kNone;
        int32_t deficit = 0;
        FlowId next = kNoFlow;
        Turn turn = Turn::kNone;
        Codel codel;
    };

    /// Flows that wait for their turn, in order.
    struct Line {
        FlowId first = kNoFlow;
        FlowId last = kNoFlow;
    };

    void JudgePace(Microseconds now);
    int32_t NextQuantum() const;
    void Append(Line* line, Turn turn, FlowId id);
    void RemoveFirst(Line* line);
    void DropHead(FlowId id);
    void DropFromFattest();
    Index TakeNext(FlowId id, Microseconds now);
    Index TakeHead(FlowId id);

    Settings settings_;
    PacketStore store_;
    FlowThinner thinner_;
    bool is_watching_ = false;
    HashKey key_;
    Line new_;
    Line old_;
    Flow flows_[kFlows];
    /// Memory that each flow holds, side by side for the search. Not the packets' lengths: a flow
    /// of small packets takes up more than they say.
    uint32_t backlog_[kFlows] = {};
    size_t waiting_flows_ = 0;
    Microseconds judged_at_ = 0;
    uint64_t popped_bytes_ = 0;   ///< Since then.
    uint64_t rotation_bytes_ = 0; ///< At the pace that was judged.
    size_t packets_ = 0;
    size_t longest_ = 0; ///< Of all packets so far.
    uint64_t dropped_ = 0;
    uint64_t marked_ = 0;
};

} // namespace tuntap2
