#include "flow_queue.h"

#include <algorithm>

#include "congestion_mark.h"
#include "flow_hash.h"
#include "ip_packet.h"

namespace tuntap2 {

bool FlowQueue::Open(const HashKey& key) {
    key_ = key;
    return store_.Open(settings_.store_bytes);
}

void FlowQueue::Push(const uint8_t* packet, size_t length, Microseconds now) {
    const auto id = static_cast<FlowId>(FlowHash(packet, length, key_) % kFlows);
    Flow& flow = flows_[id];
    if (thinner_.IsWatching() && IpVersion(packet) == 6)
        thinner_.Arrived(FlowKeyOf(packet, length));
    while (backlog_[id] > kLeastBacklog && now - store_.Arrived(flow.head) > settings_.longest_wait)
        DropHead(id);
    while (!store_.HasRoom(length) && packets_ != 0)
        DropFromFattest();

    const Index index = store_.Put(packet, length, now);
    if (index == PacketStore::kNone) {
        dropped_++;
        return;
    }
    if (flow.head == PacketStore::kNone) {
        flow.head = index;
    } else {
        store_.Next(flow.tail) = index;
    }
    flow.tail = index;
    backlog_[id] += static_cast<uint32_t>(PacketStore::BytesFor(length));
    packets_++;
    longest_ = std::max(longest_, length);
    if (flow.turn == Turn::kNone) {
        flow.deficit = kQuantum;
        waiting_flows_++;
        Append(&new_, Turn::kNew, id);
    }
}

size_t FlowQueue::Pop(uint8_t* out, size_t space, Microseconds now) {
    if (space < 2 + longest_)
        return 0;
    JudgePace(now);
    for (;;) {
        const bool isNew = new_.first != kNoFlow;
        Line* line = isNew ? &new_ : &old_;
        const FlowId id = line->first;
        if (id == kNoFlow)
            return 0;
        Flow& flow = flows_[id];
        if (flow.deficit <= 0) {
            flow.deficit += NextQuantum();
            RemoveFirst(line);
            Append(&old_, Turn::kOld, id);
            continue;
        }
        const Index index = TakeNext(id, now);
        if (index == PacketStore::kNone) {
            RemoveFirst(line);
            // A flow that returns at once must not overtake the others again and again.
            if (isNew && old_.first != kNoFlow) {
                Append(&old_, Turn::kOld, id);
            } else {
                flow.turn = Turn::kNone;
                waiting_flows_--;
            }
            continue;
        }
        const size_t length = store_.Length(index);
        flow.deficit -= static_cast<int32_t>(length);
        WriteBe16(out, length);
        store_.CopyTo(out + 2, index);
        store_.Free(index);
        popped_bytes_ += length;
        return 2 + length;
    }
}

void FlowQueue::JudgePace(Microseconds now) {
    const Microseconds lasted = now - judged_at_;
    if (lasted < kPaceWindow)
        return;
    rotation_bytes_ = popped_bytes_ * kRotation / lasted;
    popped_bytes_ = 0;
    judged_at_ = now;
}

int32_t FlowQueue::NextQuantum() const {
    const uint64_t share = rotation_bytes_ / waiting_flows_;
    return static_cast<int32_t>(std::clamp<uint64_t>(share, kQuantum, kMostQuantum));
}

/// Removes the flow's next packet from its queue, after those that CoDel drops; kNone when none is
/// left.
FlowQueue::Index FlowQueue::TakeNext(FlowId id, Microseconds now) {
    Flow& flow = flows_[id];
    while (flow.head != PacketStore::kNone) {
        const Index index = flow.head;
        const bool isLast = backlog_[id] <= kLeastBacklog;
        const Microseconds waited = now - store_.Arrived(index);
        if (!flow.codel.ShouldDrop(settings_.codel, now, waited, isLast))
            return TakeHead(id);
        if (MarkCongestion(store_.Front(index))) {
            marked_++;
            return TakeHead(id);
        }
        DropHead(id);
    }
    return PacketStore::kNone;
}

FlowQueue::Index FlowQueue::TakeHead(FlowId id) {
    Flow& flow = flows_[id];
    const Index index = flow.head;
    flow.head = store_.Next(index);
    backlog_[id] -= static_cast<uint32_t>(PacketStore::BytesFor(store_.Length(index)));
    packets_--;
    return index;
}

void FlowQueue::DropHead(FlowId id) {
    const Index index = TakeHead(id);
    const uint8_t* packet = store_.Front(index);
    if (is_watching_ && IpVersion(packet) == 6)
        thinner_.Lost(FlowKeyOf(packet, store_.Length(index)), &backlog_[id]);
    store_.Free(index);
    dropped_++;
}

void FlowQueue::DropFromFattest() {
    const uint32_t* fattest = std::max_element(backlog_, backlog_ + kFlows);
    const auto id = static_cast<FlowId>(fattest - backlog_);
    for (int i = 0; i < kDropsPerSearch && backlog_[id] != 0; i++)
        DropHead(id);
}

void FlowQueue::Append(Line* line, Turn turn, FlowId id) {
    flows_[id].next = kNoFlow;
    flows_[id].turn = turn;
    if (line->first == kNoFlow) {
        line->first = id;
    } else {
        flows_[line->last].next = id;
    }
    line->last = id;
}

void FlowQueue::RemoveFirst(Line* line) {
    line->first = flows_[line->first].next;
}

} // namespace tuntap2
