// Random and malformed packets look for what the rules of flow_queue_test.cc forgot: nothing is
// read outside of a packet (the sanitizers watch), every packet comes out unchanged but for its
// mark, or is counted as dropped, and each flow keeps its order.
//
// usage: flow_random_test [ROUNDS [SEED]]

#include <algorithm>
#include <cinttypes>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <random>

#include "../congestion_mark.h"
#include "../flow_hash.h"
#include "../flow_queue.h"
#include "check.h"
#include "frames.h"

namespace tuntap2::test {

namespace {

constexpr HashKey kKey = {{3, 4}};

class RandomPackets {
  public:
    explicit RandomPackets(uint32_t seed) : random_(seed) {}

    uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

    /// What IpPacketLength lets pass: a version, a length that is true, and else anything.
    Bytes Next() {
        SegmentSpec spec;
        spec.ipv4 = Below(2) == 0;
        spec.flow = static_cast<uint8_t>(Below(6));
        spec.traffic_class = static_cast<uint8_t>(random_());
        spec.payload = Below(20) == 0 ? Below(60000) : Below(1400);
        spec.fill = static_cast<uint8_t>(random_());
        Bytes packet = MakeSegment(spec);
        const size_t least = spec.ipv4 ? kIpv4HeaderSize : kIpv6HeaderSize;
        if (Below(3) == 0)
            packet.resize(least + Below(12));
        if (Below(2) == 0) {
            for (uint32_t i = Below(8); i > 0; i--)
                packet[Below(static_cast<uint32_t>(std::min<size_t>(packet.size(), 64)))] =
                    static_cast<uint8_t>(random_());
        }
        packet[0] = static_cast<uint8_t>((spec.ipv4 ? 0x40 : 0x60) | (packet[0] & 0x0f));
        WriteBe16(packet.data() + (spec.ipv4 ? 2 : 4), packet.size() - (spec.ipv4 ? 0 : 40));
        return packet;
    }

  private:
    std::mt19937 random_;
};

bool IsMarkable(const Bytes& packet) {
    return ((IpVersion(packet.data()) == 6 ? packet[1] >> 4 : packet[1]) & 3) != 0;
}

uint16_t HeaderSum(const Bytes& packet) {
    return ChecksumFold(ChecksumAdd(packet.data(), kIpv4HeaderSize, 0));
}

/// A heap block of exactly the packet's size: reading past it is caught.
void Classifies(uint64_t rounds, uint32_t seed) {
    RandomPackets packets(seed);
    for (uint64_t round = 0; round < rounds; round++) {
        const Bytes packet = packets.Next();
        const std::unique_ptr<uint8_t[]> exact(new uint8_t[packet.size()]);
        memcpy(exact.get(), packet.data(), packet.size());
        FlowHash(exact.get(), packet.size(), kKey);
        if (IpVersion(exact.get()) == 6) {
            const FlowKey key = FlowKeyOf(exact.get(), packet.size());
            EXPECT(memcmp(key.destination, packet.data() + 24, 16) == 0);
        }
        EXPECT(memcmp(exact.get(), packet.data(), packet.size()) == 0);

        EXPECT(MarkCongestion(exact.get()) == IsMarkable(packet));
        Bytes marked(exact.get(), exact.get() + packet.size());
        if (!IsMarkable(packet)) {
            EXPECT(marked == packet);
            continue;
        }
        const bool isV4 = IpVersion(packet.data()) == 4;
        // The marked header sums up to what it did before: right if it was right. (0 and 0xffff
        // are the same number here.)
        if (isV4)
            EXPECT(HeaderSum(marked) % 0xffff == HeaderSum(packet) % 0xffff);
        const uint8_t mark = isV4 ? 3 : 0x30;
        EXPECT((marked[1] & mark) == mark && (marked[1] | mark) == (packet[1] | mark));
        marked[1] = packet[1];
        if (isV4)
            memcpy(marked.data() + 10, packet.data() + 10, 2);
        EXPECT(marked == packet);
    }
}

/// A packet without what a mark changes.
Bytes Unmarked(Bytes packet) {
    const bool isV4 = IpVersion(packet.data()) == 4;
    if (IsMarkable(packet)) {
        packet[1] = static_cast<uint8_t>(packet[1] | (isV4 ? 3 : 0x30));
        if (isV4)
            memset(packet.data() + 10, 0, 2);
    }
    return packet;
}

void Queues(uint64_t rounds, uint32_t seed) {
    RandomPackets packets(seed);
    const FlowQueue::Settings settings = {256 * 1024, {20000, 100000}, 200000};
    const auto queue = std::make_unique<FlowQueue>(settings);
    EXPECT(queue->Open(kKey));
    if (seed % 2 == 0)
        queue->WatchFloods();
    std::map<uint32_t, std::deque<Bytes>> waiting; // by bucket: what flows share keeps its order
    uint64_t pushed = 0, popped = 0;
    Microseconds now = 0;
    Bytes out(2 + 0xffff);
    for (uint64_t round = 0; round < rounds; round++) {
        // Most of the time more comes than goes, and sometimes the queue runs empty.
        for (uint32_t i = packets.Below(8); i > 0; i--) {
            const Bytes packet = packets.Next();
            queue->Push(packet.data(), packet.size(), now);
            waiting[FlowHash(packet.data(), packet.size(), kKey) % 1024].push_back(
                Unmarked(packet));
            pushed++;
        }
        for (uint32_t i = packets.Below(round % 500 == 0 ? 2000 : 4); i > 0; i--) {
            const size_t size = queue->Pop(out.data(), out.size(), now);
            if (size == 0) {
                EXPECT(queue->IsEmpty());
                break;
            }
            popped++;
            const Bytes packet(out.begin() + 2, out.begin() + static_cast<ptrdiff_t>(size));
            EXPECT(packet.size() == ReadBe16(out.data()));
            auto& flow = waiting[FlowHash(packet.data(), packet.size(), kKey) % 1024];
            // Dropped ones are those in front of it.
            const Bytes expected = Unmarked(packet);
            while (!flow.empty() && flow.front() != expected)
                flow.pop_front();
            EXPECT(!flow.empty());
            flow.pop_front();
        }
        now += packets.Below(3000);
        queue->JudgeFloods(now, packets.Below(2) == 0);
        EXPECT(pushed == popped + queue->dropped() + queue->packets());
    }
    EXPECT(queue->dropped() > 0 && popped > 0);
}

} // namespace

} // namespace tuntap2::test

int main(int argc, char** argv) {
    using namespace tuntap2::test;
    const uint64_t rounds = argc > 1 ? strtoull(argv[1], nullptr, 10) : 20000;
    const auto seed = static_cast<uint32_t>(argc > 2 ? strtoul(argv[2], nullptr, 10) : 1);
    CaseName() = "classifies, seed " + std::to_string(seed);
    Classifies(rounds, seed);
    for (uint32_t i = 0; i < 4; i++) {
        CaseName() = "queues, seed " + std::to_string(seed + i);
        Queues(rounds / 4, seed + i);
    }
    printf("flow_random_test: passed, %" PRIu64 " rounds\n", rounds);
}
