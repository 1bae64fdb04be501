// Both directions over a port that the test plays: what is kept when the caller's room ends, what a
// refused super-packet leads to, what is counted.

#include "../burst_reader.h"
#include "../burst_writer.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <deque>
#include <memory>
#include <utility>

#include "../state.h"
#include "check.h"
#include "frames.h"

namespace tuntap2::test {

namespace {

class FakePort final : public Port {
  public:
    explicit FakePort(bool ethernet) : ethernet_(ethernet) {}

    size_t Receive(size_t max, Received* frames, Failure*) override {
        handed_.clear();
        size_t count = 0;
        for (; count < max && !incoming.empty(); count++) {
            handed_.push_back(std::make_unique<Bytes>(incoming.front().second));
            Bytes& data = *handed_.back();
            frames[count] = {incoming.front().first, data.data(), data.size()};
            incoming.pop_front();
        }
        return count;
    }

    size_t Send(OutMessage* messages, size_t count, int* error) override {
        for (size_t i = 0; i < count; i++) {
            *error = refuse(messages[i]);
            if (*error != 0)
                return i;
            sent.push_back(messages[i].packets);
        }
        *error = 0;
        return count;
    }

    uint64_t TakeDropped() override { return std::exchange(dropped, 0); }
    bool CanThin() const override { return can_thin; }
    Failure Thin(const ThinnedFlow* flows, size_t count) override {
        if (thin_failures > 0) {
            thin_failures--;
            return {ENOMEM, "setsockopt"};
        }
        thinned.assign(flows, flows + count);
        return {};
    }

    bool IsGone(int error) const override { return error == ENXIO; }
    Failure TakeError() override { return {}; }
    bool HasEthernet() const override { return ethernet_; }
    bool HasOffload() const override { return true; }
    Backlog MostWaiting() const override { return most_waiting; }

    Backlog most_waiting = {};
    std::deque<std::pair<VnetHeader, Bytes>> incoming;
    int (*refuse)(const OutMessage&) = [](const OutMessage&) { return 0; };
    std::vector<size_t> sent;
    uint64_t dropped = 0;
    bool can_thin = true;
    int thin_failures = 0;
    std::vector<ThinnedFlow> thinned;

  private:
    bool ethernet_;
    std::vector<std::unique_ptr<Bytes>> handed_;
};

constexpr uint8_t kMac[6] = {2, 0, 0, 0, 0, 1};

VnetHeader SuperHeader(uint16_t size) {
    VnetHeader vnet;
    vnet.flags = VnetHeader::kNeedsChecksum;
    vnet.gso_type = VnetHeader::kGsoTcp6;
    vnet.gso_size = size;
    vnet.csum_start = 40;
    vnet.csum_offset = 16;
    return vnet;
}

/// A super-packet of tiny segments grows far beyond the room of one read: the rest comes with the
/// next ones, nothing twice and nothing lost.
void KeepsWhatDoesNotFit() {
    FakePort port(false);
    double state[kStateSlots] = {};
    auto reader = std::make_unique<BurstReader>(&port, state, kMac);
    SegmentSpec spec;
    spec.payload = 60000;
    const size_t size = 16;
    port.incoming.push_back({SuperHeader(size), MakeSegment(spec)});
    spec.payload = 10;
    port.incoming.push_back({{}, MakeSegment(spec)});

    Bytes out(reader->MinSpace());
    size_t packets = 0;
    uint32_t sequence = spec.sequence;
    size_t reads = 0;
    for (;; reads++) {
        Failure failure;
        size_t used = reader->Read(out.data(), out.size(), SIZE_MAX, &failure);
        EXPECT(!failure && used <= out.size());
        if (used == 0)
            break;
        for (size_t i = 0; i < used; packets++) {
            const uint8_t* packet = out.data() + i + 2;
            if (packets < 60000 / size) {
                EXPECT(ReadBe16(out.data() + i) == 72 + size);
                EXPECT(ReadBe32(packet + 44) == sequence);
                sequence += size;
            }
            i += 2 + ReadBe16(out.data() + i);
        }
    }
    EXPECT(packets == 60000 / size + 1);
    EXPECT(reads > 3);
    EXPECT(state[kPending] == 0);
    EXPECT(state[kReadPackets] == static_cast<double>(packets));
}

void TellsOfWhatIsPending() {
    FakePort port(false);
    double state[kStateSlots] = {};
    auto reader = std::make_unique<BurstReader>(&port, state, kMac);
    SegmentSpec spec;
    spec.payload = 60000;
    for (int i = 0; i < 3; i++)
        port.incoming.push_back({SuperHeader(1000), MakeSegment(spec)});
    Bytes out(reader->MinSpace());
    Failure failure;
    EXPECT(reader->Read(out.data(), out.size(), SIZE_MAX, &failure) > 60000);
    EXPECT(state[kPending] == 1);
    size_t rest = 0;
    while (size_t used = reader->Read(out.data(), out.size(), SIZE_MAX, &failure))
        rest += used;
    EXPECT(rest > 120000 && state[kPending] == 0);
}

void CountsWhatItCannotRead() {
    FakePort port(false);
    double state[kStateSlots] = {};
    auto reader = std::make_unique<BurstReader>(&port, state, kMac);
    SegmentSpec spec;
    Bytes good = MakeSegment(spec);
    VnetHeader outside;
    outside.flags = VnetHeader::kNeedsChecksum;
    outside.csum_start = 60000;
    port.incoming.push_back({{}, {}});                                  // cut by the kernel
    port.incoming.push_back({{}, Bytes(100, 0x11)});                    // no IP
    port.incoming.push_back({SuperHeader(0), good});                    // bad super-packet
    port.incoming.push_back({outside, good});                           // bad checksum offset
    port.incoming.push_back({{}, Bytes(good.begin(), good.end() - 1)}); // shorter than it says
    port.incoming.push_back({{}, good});
    Bytes out(reader->MinSpace());
    Failure failure;
    EXPECT(reader->Read(out.data(), out.size(), SIZE_MAX, &failure) == 2 + good.size());
    EXPECT(memcmp(out.data() + 2, good.data(), good.size()) == 0);
    EXPECT(state[kReadMalformed] == 5);
}

/// On Ethernet all offsets count from the Ethernet header; one that points into it must not be
/// taken for one behind it.
void HandlesEthernetOffsets() {
    FakePort port(true);
    double state[kStateSlots] = {};
    auto reader = std::make_unique<BurstReader>(&port, state, kMac);
    const uint8_t peer[6] = {2, 0, 0, 0, 0, 9};
    reader->SetPeer(peer);
    SegmentSpec spec;
    spec.payload = 2000;
    Bytes packet = MakeSegment(spec);
    Bytes frame(kMac, kMac + 6);
    frame.insert(frame.end(), peer, peer + 6);
    frame.insert(frame.end(), {0x86, 0xdd});
    frame.insert(frame.end(), packet.begin(), packet.end());
    VnetHeader vnet = SuperHeader(1000);
    vnet.csum_start = 54;
    port.incoming.push_back({vnet, frame});
    vnet.csum_start = 10;
    port.incoming.push_back({vnet, frame});
    vnet.gso_type = VnetHeader::kGsoNone;
    port.incoming.push_back({vnet, frame});
    Bytes out(reader->MinSpace());
    Failure failure;
    EXPECT(reader->Read(out.data(), out.size(), SIZE_MAX, &failure) == 2 * (2 + 72 + 1000));
    EXPECT(state[kReadMalformed] == 2);

    // A super-packet from a stranger is not a control frame.
    frame[6] = 4;
    vnet = SuperHeader(1000);
    vnet.csum_start = 54;
    port.incoming.push_back({vnet, frame});
    EXPECT(reader->Read(out.data(), out.size(), SIZE_MAX, &failure) == 0);
    EXPECT(state[kControlDropped] == 1);
    EXPECT(reader->control().Drain(out.data(), out.size()) == 0);
}

Microseconds now_;

/// A reader that sorts, by a clock of its own.
struct Sorter {
    explicit Sorter(bool canThin = true) {
        port.can_thin = canThin;
        now_ = 1000000;
        FlowQueue::Settings settings = {1 << 20, {20000, 100000}, 200000};
        auto queue = std::make_unique<FlowQueue>(settings);
        EXPECT(queue->Open({{1, 2}}));
        reader->Sort(std::move(queue), [] { return now_; });
    }

    void Inject(uint8_t flow, uint32_t count, size_t payload = 1000) {
        for (uint32_t i = 0; i < count; i++) {
            SegmentSpec spec;
            spec.flow = flow;
            spec.sequence = next[flow]++;
            spec.payload = payload;
            port.incoming.push_back({{}, MakeSegment(spec)});
        }
    }

    /// The flows of what one read brings, each in its order.
    std::vector<uint8_t> Read(size_t most = SIZE_MAX) {
        Bytes out(reader->MinSpace());
        Failure failure;
        const size_t used = reader->Read(out.data(), out.size(), most, &failure);
        std::vector<uint8_t> flows;
        for (size_t at = 0; at < used; at += 2 + ReadBe16(out.data() + at)) {
            const uint8_t* packet = out.data() + at + 2;
            const uint8_t flow = packet[39];
            EXPECT(ReadBe32(packet + 44) == read[flow]++);
            flows.push_back(flow);
        }
        return flows;
    }

    /// More than one read takes, for so long that it is not a burst.
    void Congest() {
        Inject(1, 240);
        Read();
        now_ += 6000;
        Read();
    }

    FakePort port{false};
    double state[kStateSlots] = {};
    std::unique_ptr<BurstReader> reader = std::make_unique<BurstReader>(&port, state, kMac);
    uint32_t next[4] = {};
    uint32_t read[4] = {};
};

size_t Count(const std::vector<uint8_t>& flows, uint8_t flow) {
    return static_cast<size_t>(std::count(flows.begin(), flows.end(), flow));
}

void KeepsTheOrderOfABurst() {
    Sorter sorter;
    sorter.Inject(1, 150);
    sorter.Inject(2, 1);
    EXPECT(Count(sorter.Read(), 2) == 0);
    now_ += 4000;
    EXPECT(Count(sorter.Read(), 2) == 0);
    const std::vector<uint8_t> flows = sorter.Read();
    EXPECT(flows.back() == 2);
    EXPECT(sorter.state[kPending] == 0 && sorter.Read().empty());
}

void SortsWhatStands() {
    Sorter sorter;
    sorter.Congest();
    sorter.Inject(2, 1);
    EXPECT(Count(sorter.Read(), 2) == 1);
    EXPECT(sorter.state[kPending] == 1);
    size_t rest = 0;
    while (sorter.state[kPending] == 1)
        rest += sorter.Read().size();
    EXPECT(sorter.read[1] == 240 && sorter.state[kQueueDropped] == 0 && rest > 40);
    EXPECT(sorter.state[kReadPackets] == 241);

    // And is in order again afterwards.
    sorter.Inject(1, 10);
    sorter.Inject(2, 1);
    EXPECT(sorter.Read().back() == 2);
}

/// A sender that is never idle keeps the queue of a TUN from running empty, but does not make
/// sorting necessary.
void KeepsTheOrderOfWhatPassesQuickly() {
    Sorter sorter;
    sorter.port.most_waiting = {500, 4 << 20};
    sorter.Inject(1, 64 * 40);
    sorter.Inject(2, 1);
    sorter.Inject(1, 64 * 10);
    for (int i = 0; i < 40; i++, now_ += 1000)
        EXPECT(Count(sorter.Read(), 1) == 64);
    EXPECT(sorter.Read().front() == 2);
}

/// 6 packets in 2 ms: a full ring takes longer than 40 ms.
void SortsWhatPassesSlowly() {
    Sorter sorter;
    sorter.port.most_waiting = {500, 4 << 20};
    sorter.Inject(1, 500);
    for (int i = 0; i < 12; i++, now_ += 2000)
        EXPECT(sorter.Read(5000).size() <= 6);
    sorter.Inject(2, 1);
    // The kernel's queue is emptied in parts.
    for (int i = 0; i < 4; i++)
        sorter.Read(5000);
    EXPECT(sorter.read[1] < 100 && sorter.read[2] == 1);
}

void SortsNoLongerThanItPassesSlowly() {
    Sorter sorter;
    sorter.port.most_waiting = {500, 4 << 20};
    sorter.Inject(1, 500);
    for (int i = 0; i < 12; i++, now_ += 2000)
        sorter.Read(5000);
    for (int i = 0; i < 60; i++, now_ += 1000) {
        sorter.Inject(1, 64);
        EXPECT(!sorter.Read().empty());
    }
    EXPECT(sorter.port.incoming.size() > 64);
    sorter.Inject(2, 1);
    EXPECT(Count(sorter.Read(), 2) == 0);
    EXPECT(sorter.state[kQueueDropped] == 0);

    // A caller that takes nothing has it sorted at once.
    Failure failure;
    sorter.reader->Gather(&failure);
    EXPECT(Count(sorter.Read(), 2) == 1);
}

void StopsAtTheLimit() {
    Sorter sorter;
    sorter.Inject(1, 300);
    EXPECT(sorter.Read(5000).size() <= 8);
    now_ += 6000;
    sorter.Read(5000);
    EXPECT(sorter.Read(5000).size() <= 8 && sorter.state[kPending] == 1);
    EXPECT(sorter.Read(1).size() == 1);
}

/// A host that floods its router on a TUN still gets a part of its data through.
void LocalPacketsDoNotStarveData() {
    Sorter sorter;
    SegmentSpec local;
    local.payload = 700;
    Bytes packet = MakeSegment(local);
    packet[24] = 0xff;
    packet[25] = 0x02;
    sorter.Congest();
    size_t data = 0;
    for (int turn = 0; turn < 20; turn++) {
        now_ += 1000;
        sorter.Inject(1, 8);
        for (int i = 0; i < 120; i++)
            sorter.port.incoming.push_back({{}, packet});
        Bytes out(2 * sorter.reader->MinSpace() + 128 * 1024);
        Failure failure;
        const size_t used = sorter.reader->Read(out.data(), out.size(), 10000, &failure);
        for (size_t at = 0; at < used; at += 2 + ReadBe16(out.data() + at))
            data += out[at + 2 + 24] != 0xff;
    }
    EXPECT(data >= 20 * 8);
}

void GathersWithoutLoss() {
    Sorter sorter;
    SegmentSpec local;
    Bytes packet = MakeSegment(local);
    packet[24] = 0xfe;
    packet[25] = 0x80;
    sorter.Inject(1, 500);
    sorter.port.incoming.push_back({{}, packet});
    Failure failure;
    sorter.reader->Gather(&failure);
    EXPECT(sorter.port.incoming.empty() && sorter.state[kPending] == 1);
    Bytes out(4096);
    const size_t size = sorter.reader->control().Drain(out.data(), out.size());
    EXPECT(size == 2 + packet.size() && memcmp(out.data() + 2, packet.data(), packet.size()) == 0);
    while (sorter.state[kPending] == 1)
        sorter.Read();
    EXPECT(sorter.read[1] == 500);
}

void CutsSuperPacketsIntoTheQueue() {
    Sorter sorter;
    sorter.Congest();
    SegmentSpec spec;
    spec.flow = 2;
    spec.payload = 50000;
    sorter.port.incoming.push_back({SuperHeader(1000), MakeSegment(spec)});
    Bytes out(sorter.reader->MinSpace());
    Failure failure;
    uint32_t sequence = spec.sequence;
    while (sequence < spec.sequence + 50000) {
        const size_t used = sorter.reader->Read(out.data(), out.size(), SIZE_MAX, &failure);
        EXPECT(used != 0);
        for (size_t at = 0; at < used; at += 2 + ReadBe16(out.data() + at)) {
            const uint8_t* packet = out.data() + at + 2;
            if (packet[39] != 2)
                continue;
            EXPECT(ReadBe32(packet + 44) == sequence);
            sequence += 1000;
        }
    }
}

void Flood(Sorter* sorter) {
    sorter->Congest();
    for (int turn = 0; turn < 100; turn++) {
        sorter->Inject(1, 400);
        sorter->port.dropped = 100;
        Bytes out(sorter->reader->MinSpace());
        Failure failure;
        sorter->reader->Read(out.data(), out.size(), SIZE_MAX, &failure);
        sorter->port.incoming.clear();
        now_ += 5000;
    }
}

void ThinsAFlood() {
    Sorter sorter;
    Flood(&sorter);
    EXPECT(sorter.state[kThinning] == 1 && sorter.port.thinned.size() == 1);
    EXPECT(sorter.port.thinned[0].key.protocol == 6 && sorter.port.thinned[0].key.has_ports);
    EXPECT(sorter.state[kKernelDropped] >= 100 * 100 && sorter.state[kQueueDropped] > 0);
    EXPECT(sorter.state[kKernelDropped] == std::floor(sorter.state[kKernelDropped]));
    // The flood stops. Its last rule is lifted even if the kernel fails to do so at first.
    sorter.port.thin_failures = 100;
    const auto relent = [&sorter] {
        for (int i = 0; i < 20; i++) {
            now_ += 100000;
            sorter.reader->Relent();
        }
    };
    relent();
    EXPECT(sorter.state[kThinning] == 1 && sorter.port.thinned.size() == 1);
    sorter.port.thin_failures = 0;
    relent();
    EXPECT(sorter.state[kThinning] == 0 && sorter.port.thinned.empty());
}

/// What a port cannot refuse is not counted as refused.
void ThinsOnlyWhereItCan() {
    Sorter sorter(false);
    Flood(&sorter);
    EXPECT(sorter.state[kThinning] == 0 && sorter.port.thinned.empty());
    EXPECT(sorter.state[kKernelDropped] == 100 * 100 && sorter.state[kQueueDropped] > 0);
}

Bytes TwentySegments() {
    std::vector<Bytes> packets;
    SegmentSpec spec;
    for (int i = 0; i < 20; i++) {
        packets.push_back(MakeSegment(spec));
        spec.sequence += static_cast<uint32_t>(spec.payload);
        spec.id++;
    }
    return MakeBurst(packets);
}

void JoinsUntilRefused() {
    FakePort port(false);
    double state[kStateSlots] = {};
    auto writer = std::make_unique<BurstWriter>(&port, state, kMac, true);
    const Bytes burst = TwentySegments();
    size_t consumed;
    Failure failure;
    using Result = BurstWriter::Result;
    EXPECT(writer->Write(burst.data(), burst.size(), &consumed, &failure) == Result::kDone);
    EXPECT(port.sent == std::vector<size_t>{20});

    port.sent.clear();
    port.refuse = [](const OutMessage& message) { return message.packets > 1 ? EINVAL : 0; };
    EXPECT(writer->Write(burst.data(), burst.size(), &consumed, &failure) == Result::kDone);
    EXPECT(consumed == burst.size());
    EXPECT(port.sent == std::vector<size_t>(20, 1));

    // Once proved impossible, it is not tried again.
    port.sent.clear();
    port.refuse = [](const OutMessage&) { return 0; };
    EXPECT(writer->Write(burst.data(), burst.size(), &consumed, &failure) == Result::kDone);
    EXPECT(port.sent == std::vector<size_t>(20, 1));
    EXPECT(state[kWrittenPackets] == 60 && state[kWriteRefused] == 0);
}

/// A full queue in the kernel says nothing against super-packets.
void CountsRefusedSuperPackets() {
    FakePort port(false);
    double state[kStateSlots] = {};
    auto writer = std::make_unique<BurstWriter>(&port, state, kMac, true);
    const Bytes burst = TwentySegments();
    size_t consumed;
    Failure failure;
    port.refuse = [](const OutMessage&) { return ENOBUFS; };
    writer->Write(burst.data(), burst.size(), &consumed, &failure);
    EXPECT(consumed == burst.size() && state[kWriteRefused] == 20);
    port.refuse = [](const OutMessage&) { return 0; };
    writer->Write(burst.data(), burst.size(), &consumed, &failure);
    EXPECT(port.sent == std::vector<size_t>{20});
}

void StopsWhereTheKernelBlocks() {
    FakePort port(false);
    double state[kStateSlots] = {};
    auto writer = std::make_unique<BurstWriter>(&port, state, kMac, false);
    const Bytes burst = TwentySegments();
    static int room;
    room = 7;
    port.refuse = [](const OutMessage&) { return room-- > 0 ? 0 : EAGAIN; };
    size_t consumed;
    Failure failure;
    using Result = BurstWriter::Result;
    EXPECT(writer->Write(burst.data(), burst.size(), &consumed, &failure) == Result::kBlocked);
    EXPECT(consumed == burst.size() / 20 * 7 && state[kWrittenPackets] == 7);
    port.refuse = [](const OutMessage&) { return ENXIO; };
    EXPECT(writer->Write(burst.data(), burst.size(), &consumed, &failure) == Result::kFailed);
    EXPECT(failure.error == ENXIO);
}

} // namespace

} // namespace tuntap2::test

int main() {
    using namespace tuntap2::test;
    const std::pair<const char*, void (*)()> tests[] = {
        {"keeps what does not fit", KeepsWhatDoesNotFit},
        {"reports what is pending", TellsOfWhatIsPending},
        {"counts what it cannot read", CountsWhatItCannotRead},
        {"handles Ethernet offsets", HandlesEthernetOffsets},
        {"keeps the order of a burst", KeepsTheOrderOfABurst},
        {"sorts what stands", SortsWhatStands},
        {"keeps the order of what passes quickly", KeepsTheOrderOfWhatPassesQuickly},
        {"sorts what passes slowly", SortsWhatPassesSlowly},
        {"sorts no longer than it passes slowly", SortsNoLongerThanItPassesSlowly},
        {"stops at the limit", StopsAtTheLimit},
        {"local packets do not starve data", LocalPacketsDoNotStarveData},
        {"gathers without loss", GathersWithoutLoss},
        {"cuts super-packets into the queue", CutsSuperPacketsIntoTheQueue},
        {"thins a flood", ThinsAFlood},
        {"thins only where it can", ThinsOnlyWhereItCan},
        {"joins until refused", JoinsUntilRefused},
        {"counts refused super-packets", CountsRefusedSuperPackets},
        {"stops where the kernel blocks", StopsWhereTheKernelBlocks},
    };
    for (auto [name, test] : tests) {
        CaseName() = name;
        test();
    }
    puts("burst_test: passed");
}
