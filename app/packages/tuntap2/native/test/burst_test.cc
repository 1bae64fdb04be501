// Both directions over a port that the test plays: what is kept when the caller's room ends, what a
// refused super-packet leads to, what is counted.

#include "../burst_reader.h"
#include "../burst_writer.h"

#include <cerrno>
#include <deque>
#include <memory>

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

    bool IsGone(int error) const override { return error == ENXIO; }
    Failure TakeError() override { return {}; }
    bool HasEthernet() const override { return ethernet_; }
    bool HasOffload() const override { return true; }

    std::deque<std::pair<VnetHeader, Bytes>> incoming;
    int (*refuse)(const OutMessage&) = [](const OutMessage&) { return 0; };
    std::vector<size_t> sent;

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
        size_t used = reader->Read(out.data(), out.size(), &failure);
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
    EXPECT(reader->Read(out.data(), out.size(), &failure) > 60000);
    EXPECT(state[kPending] == 1);
    size_t rest = 0;
    while (size_t used = reader->Read(out.data(), out.size(), &failure))
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
    EXPECT(reader->Read(out.data(), out.size(), &failure) == 2 + good.size());
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
    EXPECT(reader->Read(out.data(), out.size(), &failure) == 2 * (2 + 72 + 1000));
    EXPECT(state[kReadMalformed] == 2);

    // A super-packet from a stranger is no control frame.
    frame[6] = 4;
    vnet = SuperHeader(1000);
    vnet.csum_start = 54;
    port.incoming.push_back({vnet, frame});
    EXPECT(reader->Read(out.data(), out.size(), &failure) == 0);
    EXPECT(state[kControlDropped] == 1);
    EXPECT(reader->control().Drain(out.data(), out.size()) == 0);
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
        {"tells of what is pending", TellsOfWhatIsPending},
        {"counts what it cannot read", CountsWhatItCannotRead},
        {"handles Ethernet offsets", HandlesEthernetOffsets},
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
