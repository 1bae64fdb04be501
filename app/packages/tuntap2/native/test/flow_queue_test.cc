// Which packets wait and which are dropped, by a clock that the test sets.

#include "../flow_queue.h"

#include <algorithm>
#include <memory>

#include "../flow_hash.h"
#include "check.h"
#include "frames.h"

namespace tuntap2::test {

namespace {

constexpr HashKey kKey = {{1, 2}};
constexpr Microseconds kMillisecond = 1000;
constexpr FlowQueue::Settings kSettings = {
    256 * 1024, {20 * kMillisecond, 100 * kMillisecond}, 200 * kMillisecond};

struct Queue {
    explicit Queue(FlowQueue::Settings settings = kSettings)
        : flows(std::make_unique<FlowQueue>(settings)) {
        EXPECT(flows->Open(kKey));
    }

    void Push(uint8_t flow, uint32_t number, Microseconds now, size_t payload = 1200,
              uint8_t trafficClass = 0) {
        SegmentSpec spec;
        spec.flow = flow;
        spec.sequence = number;
        spec.payload = payload;
        spec.traffic_class = trafficClass;
        const Bytes packet = MakeSegment(spec);
        flows->Push(packet.data(), packet.size(), now);
    }

    /// False when nothing waits.
    bool Pop(Microseconds now) {
        Bytes out(2 + 0xffff);
        const size_t size = flows->Pop(out.data(), out.size(), now);
        if (size == 0)
            return false;
        EXPECT(size == 2u + ReadBe16(out.data()));
        out.resize(size);
        packet.assign(out.begin() + 2, out.end());
        flow = packet[39];
        number = ReadBe32(packet.data() + 44);
        return true;
    }

    std::unique_ptr<FlowQueue> flows;
    Bytes packet; ///< Of the last Pop, and so the others.
    uint8_t flow = 0;
    uint32_t number = 0;
};

void GivesBackWhatItGot() {
    Queue queue;
    for (size_t payload : {0, 1, 375, 376, 377, 1208, 5000, 60000}) {
        SegmentSpec spec;
        spec.payload = payload;
        const Bytes packet = MakeSegment(spec);
        queue.flows->Push(packet.data(), packet.size(), 0);
        EXPECT(queue.Pop(0) && queue.packet == packet);
    }
    EXPECT(!queue.Pop(0) && queue.flows->IsEmpty() && queue.flows->dropped() == 0);
}

void KeepsOrderWithinAFlow() {
    Queue queue;
    uint32_t next[4] = {};
    for (uint32_t i = 0; i < 100; i++)
        queue.Push(static_cast<uint8_t>(i % 3 + 1), i / 3, 0, 100 + i * 5);
    size_t count = 0;
    while (queue.Pop(0)) {
        EXPECT(queue.number == next[queue.flow]++);
        count++;
    }
    EXPECT(count == 100);
}

void SharesByBytes() {
    Queue queue;
    for (uint32_t i = 0; i < 60; i++)
        queue.Push(1, i, 0, 1208);
    for (uint32_t i = 0; i < 120; i++)
        queue.Push(2, i, 0, 568);
    size_t bytes[3] = {};
    for (int i = 0; i < 60; i++) {
        EXPECT(queue.Pop(0));
        bytes[queue.flow] += queue.packet.size();
    }
    EXPECT(bytes[1] > 20000 && bytes[1] < bytes[2] + 3000 && bytes[2] < bytes[1] + 3000);
}

void LetsASparseFlowOvertake() {
    Queue queue;
    for (uint32_t i = 0; i < 100; i++)
        queue.Push(1, i, 0);
    for (int i = 0; i < 10; i++)
        EXPECT(queue.Pop(0) && queue.flow == 1);
    queue.Push(2, 7, 0, 64);
    // The flow whose turn it is may finish it.
    EXPECT(queue.Pop(0));
    if (queue.flow == 1)
        EXPECT(queue.Pop(0));
    EXPECT(queue.flow == 2 && queue.number == 7);
}

/// The most packets of one flow in a row, where `flows` always have some waiting and one packet
/// leaves every `interval`.
size_t PacketsPerTurn(uint8_t flows, Microseconds interval) {
    constexpr size_t kWaiting = 10;
    Queue queue;
    for (uint32_t i = 0; i < kWaiting; i++) {
        for (uint8_t flow = 1; flow <= flows; flow++)
            queue.Push(flow, i, 0, 1208);
    }
    size_t longest = 0;
    size_t row = 0;
    const Microseconds judged = 60 * kMillisecond;
    for (Microseconds now = interval; now < judged + 400 * interval; now += interval) {
        const uint8_t last = queue.flow;
        EXPECT(queue.Pop(now));
        queue.Push(queue.flow, 0, now, 1208);
        row = queue.flow == last ? row + 1 : 1;
        if (now > judged)
            longest = std::max(longest, row);
    }
    return longest;
}

void SendsSeveralPacketsPerTurnOnAFastWay() {
    EXPECT(PacketsPerTurn(2, 50) == 8);
    EXPECT(PacketsPerTurn(2, 10 * kMillisecond) == 1);
    // What a turn leaves over may bring one more in the next.
    const size_t four = PacketsPerTurn(20, 250);
    EXPECT(four >= 4 && four <= 5);
    EXPECT(PacketsPerTurn(20, kMillisecond) <= 2);
}

/// Two flows of which one always returns when the other has been served must not stay in front.
void StarvesNoFlow() {
    Queue queue;
    for (uint32_t i = 0; i < 100; i++)
        queue.Push(1, i, 0);
    uint8_t next = 2;
    int turns = 0;
    queue.flow = 3;
    for (uint32_t i = 0; i < 60; i++) {
        if (queue.flow != 1) {
            queue.Push(next, i, 0, 100);
            next = next == 2 ? 3 : 2;
        }
        EXPECT(queue.Pop(0));
        turns += queue.flow == 1;
    }
    EXPECT(turns >= 15);
}

void DropsFromTheFattest() {
    Queue queue;
    for (uint32_t i = 0; i < 20; i++)
        queue.Push(2, i, 0);
    for (uint32_t i = 0; i < 1000; i++)
        queue.Push(1, i, 0);
    EXPECT(queue.flows->dropped() > 800);
    EXPECT(queue.flows->packets() * 1272 <= kSettings.store_bytes);
    uint32_t others = 0;
    uint32_t last = 0;
    size_t fat = 0;
    while (queue.Pop(0)) {
        others += queue.flow == 2;
        if (queue.flow == 1) {
            last = queue.number;
            fat++;
        }
    }
    EXPECT(others == 20);
    EXPECT(last == 999); // its oldest went
    EXPECT(fat + queue.flows->dropped() == 1000);
}

void NothingWaitsTooLong() {
    Queue queue;
    for (uint32_t ms = 0; ms < 1000; ms += 10)
        queue.Push(1, ms, ms * kMillisecond);
    EXPECT(queue.flows->packets() <= 22);
    EXPECT(queue.Pop(1000 * kMillisecond) && queue.number >= 780);
}

/// However slow the way out is, a flow of a few packets is not a standing queue.
void KeepsAFewPacketsForAnyTime() {
    Queue queue;
    for (uint32_t i = 0; i < 4; i++)
        queue.Push(1, i, i * 1000 * kMillisecond, 1200);
    for (uint32_t i = 0; i < 4; i++)
        EXPECT(queue.Pop((10 + i) * 1000 * kMillisecond) && queue.number == i);
    EXPECT(queue.flows->dropped() == 0);
}

/// Room and time enough that CoDel alone decides.
FlowQueue::Settings Roomy() {
    return {8 << 20, kSettings.codel, 10000 * kMillisecond};
}

/// One packet goes per millisecond and two come, so that the queue grows from nothing.
uint64_t Overload(Queue* queue, uint8_t trafficClass, uint32_t from, uint32_t to) {
    const uint64_t before = queue->flows->dropped();
    for (uint32_t ms = from; ms < to; ms++) {
        queue->Push(1, 2 * ms, ms * kMillisecond, 1200, trafficClass);
        queue->Push(1, 2 * ms + 1, ms * kMillisecond, 1200, trafficClass);
        EXPECT(queue->Pop(ms * kMillisecond));
    }
    return queue->flows->dropped() - before;
}

void Empty(Queue* queue, Microseconds now) {
    while (queue->Pop(now)) {
    }
}

void DropsOfAStandingFlow() {
    // 20 ms behind after 40 ms: the first drop comes 100 ms later, the next ever sooner.
    Queue queue(Roomy());
    EXPECT(Overload(&queue, 0, 0, 130) == 0);
    const uint64_t first = Overload(&queue, 0, 130, 300);
    EXPECT(first >= 2 && first <= 4);
    Overload(&queue, 0, 300, 1300);
    const uint64_t later = Overload(&queue, 0, 1300, 1470);
    EXPECT(later >= 2 * first);
    EXPECT(queue.flows->marked() == 0);
}

void MarksWhatMayBeMarked() {
    Queue queue(Roomy());
    EXPECT(Overload(&queue, 2, 0, 300) == 0);
    EXPECT(queue.flows->marked() >= 2);
    bool isMarked = false;
    for (Microseconds now = 300 * kMillisecond; queue.Pop(now) && !isMarked; now += kMillisecond) {
        const int mark = queue.packet[1] >> 4 & 3;
        EXPECT(mark == 2 || mark == 3);
        isMarked = mark == 3;
    }
    EXPECT(isMarked);
}

/// A passing burst is not a standing queue, however often it comes.
void BearsBursts() {
    Queue queue(Roomy());
    for (uint32_t ms = 0; ms < 2000; ms += 200) {
        EXPECT(Overload(&queue, 0, ms, ms + 100) == 0);
        Empty(&queue, (ms + 100) * kMillisecond);
        queue.Push(1, 0, (ms + 150) * kMillisecond);
        EXPECT(queue.Pop((ms + 150) * kMillisecond));
    }
    EXPECT(queue.flows->dropped() == 0);
}

/// Small packets take up more memory than their length.
void DropsFromWhatHoldsTheMemory() {
    Queue queue;
    for (uint32_t i = 0; i < 60; i++)
        queue.Push(2, i, 0);
    for (uint32_t i = 0; i < 2000; i++)
        queue.Push(1, i, 0, 1);
    uint32_t others = 0;
    while (queue.Pop(0))
        others += queue.flow == 2;
    EXPECT(others == 60 && queue.flows->dropped() > 1000);
}

void WaitsForRoom() {
    Queue queue;
    queue.Push(1, 1, 0);
    Bytes out(100);
    EXPECT(queue.flows->Pop(out.data(), out.size(), 0) == 0);
    EXPECT(queue.Pop(0));
}

/// The example of the paper, appendix A, which has twice and four rounds.
void HashesLikeThePaper() {
    const HashKey key = {{0x0706050403020100u, 0x0f0e0d0c0b0a0908u}};
    SipHash<2, 4> hash(key);
    hash.Add(0x0706050403020100u);
    EXPECT(hash.Finish(0x0e0d0c0b0a0908u, 7) == 0xa129ca6149be45e5u);
}

/// Addresses that collide with every key would let a host choose whose queue it fills. A difference
/// in the highest bit of a word survives a multiplication, and one or two bits of the next word may
/// cancel what a rotation or shift makes of it.
void CollisionsDependOnTheKey() {
    const Bytes packet = MakeSegment({});
    for (size_t one = 0; one < 64; one++) {
        for (size_t other = 0; other < 64; other++) {
            Bytes changed = packet;
            changed[31] ^= 0x80;
            changed[32 + one / 8] ^= static_cast<uint8_t>(1 << one % 8);
            if (other != one)
                changed[32 + other / 8] ^= static_cast<uint8_t>(1 << other % 8);
            size_t equal = 0;
            for (uint64_t word = 0; word < 4; word++) {
                const HashKey key = {{word, 7}};
                equal += FlowHash(packet.data(), packet.size(), key) ==
                         FlowHash(changed.data(), changed.size(), key);
            }
            EXPECT(equal == 0);
        }
    }
}

uint32_t HashOf(const SegmentSpec& spec) {
    const Bytes packet = MakeSegment(spec);
    return FlowHash(packet.data(), packet.size(), kKey);
}

void DistinguishesFlows() {
    for (bool ipv4 : {false, true}) {
        SegmentSpec spec;
        spec.ipv4 = ipv4;
        const uint32_t hash = HashOf(spec);
        SegmentSpec later = spec;
        later.sequence += 5000;
        later.payload = 3;
        later.flow_label = 7;
        later.traffic_class = 3;
        later.id = 99;
        EXPECT(HashOf(later) == hash);
        SegmentSpec other = spec;
        other.flow++;
        EXPECT(HashOf(other) != hash);
    }
    // Of a fragmented packet only the first piece has ports.
    SegmentSpec fragment;
    fragment.ipv4 = true;
    fragment.fragment = 0x2000;
    Bytes packet = MakeSegment(fragment);
    const uint32_t hash = FlowHash(packet.data(), packet.size(), kKey);
    WriteBe32(packet.data() + 20, 0xdeadbeef);
    EXPECT(FlowHash(packet.data(), packet.size(), kKey) == hash);
    // What a header that is too short has in the place of ports is its checksum, which a mark
    // changes.
    SegmentSpec plain;
    plain.ipv4 = true;
    packet = MakeSegment(plain);
    packet[0] = 0x42;
    const uint32_t unmarked = FlowHash(packet.data(), packet.size(), kKey);
    packet[10]++;
    EXPECT(FlowHash(packet.data(), packet.size(), kKey) == unmarked);
}

} // namespace

} // namespace tuntap2::test

int main() {
    using namespace tuntap2::test;
    const std::pair<const char*, void (*)()> tests[] = {
        {"gives back what it got", GivesBackWhatItGot},
        {"keeps order within a flow", KeepsOrderWithinAFlow},
        {"shares by bytes", SharesByBytes},
        {"lets a sparse flow overtake", LetsASparseFlowOvertake},
        {"sends several packets per turn on a fast way", SendsSeveralPacketsPerTurnOnAFastWay},
        {"starves no flow", StarvesNoFlow},
        {"drops from the fattest", DropsFromTheFattest},
        {"nothing waits too long", NothingWaitsTooLong},
        {"keeps a few packets for any time", KeepsAFewPacketsForAnyTime},
        {"drops of a standing flow", DropsOfAStandingFlow},
        {"marks what may be marked", MarksWhatMayBeMarked},
        {"bears bursts", BearsBursts},
        {"drops from what holds the memory", DropsFromWhatHoldsTheMemory},
        {"waits for room", WaitsForRoom},
        {"distinguishes flows", DistinguishesFlows},
        {"hashes like the paper", HashesLikeThePaper},
        {"collisions depend on the key", CollisionsDependOnTheKey},
    };
    for (auto [name, test] : tests) {
        CaseName() = name;
        test();
    }
    puts("flow_queue_test: passed");
}
