// Cutting super-packets and completing checksums: what TSO and USO have to change from segment to
// segment, and headers that do not fit their packet. Every packet lies in a block of its own
// length, so that the sanitizer sees a byte read beyond it.
//
// usage: segment_test [ROUNDS [SEED]]

#include "../segment.h"

#include <cinttypes>
#include <functional>
#include <random>

#include "check.h"
#include "frames.h"

namespace tuntap2::test {

namespace {

constexpr uint8_t kFin = 0x01, kPush = 0x08, kAck = 0x10, kCwr = 0x80;

size_t UpperOf(const Bytes& packet) {
    return IpVersion(packet.data()) == 4 ? 20 : 40;
}

/// What the kernel puts in front of a packet like this.
VnetHeader HeaderFor(const Bytes& packet, uint8_t protocol, uint16_t size) {
    VnetHeader vnet;
    bool ipv4 = IpVersion(packet.data()) == 4;
    vnet.flags = VnetHeader::kNeedsChecksum;
    vnet.gso_type =
        protocol == 17 ? VnetHeader::kGsoUdp : (ipv4 ? VnetHeader::kGsoTcp4 : VnetHeader::kGsoTcp6);
    vnet.gso_size = size;
    vnet.csum_start = static_cast<uint16_t>(UpperOf(packet));
    vnet.csum_offset = protocol == 17 ? 6 : 16;
    return vnet;
}

/// Leaves only the pseudo-header's sum in the checksum field.
void MakePartial(Bytes* packet, uint8_t protocol) {
    uint8_t* p = packet->data();
    size_t upper = UpperOf(*packet);
    uint32_t length = static_cast<uint32_t>(packet->size() - upper);
    uint16_t sum = ChecksumFold(upper == 20 ? PseudoHeaderSum4(p, protocol, length)
                                            : PseudoHeaderSum6(p, protocol, length));
    memcpy(p + upper + (protocol == 17 ? 6 : 16), &sum, 2);
}

void ExpectValid(const Bytes& packet) {
    const uint8_t* p = packet.data();
    size_t upper = UpperOf(packet);
    EXPECT(IpPacketLength(p, packet.size()) == packet.size());
    uint8_t protocol = upper == 20 ? p[9] : p[6];
    uint32_t length = static_cast<uint32_t>(packet.size() - upper);
    uint64_t pseudo =
        upper == 20 ? PseudoHeaderSum4(p, protocol, length) : PseudoHeaderSum6(p, protocol, length);
    EXPECT(ChecksumFinish(ChecksumAdd(p + upper, length, pseudo)) == 0);
    if (upper == 20)
        EXPECT(ChecksumFinish(ChecksumAdd(p, 20, 0)) == 0);
    if (protocol == 17)
        EXPECT(ReadBe16(p + upper + 4) == length);
}

std::vector<Bytes> Cut(const VnetHeader& vnet, const Bytes& packet) {
    Segmenter segmenter;
    EXPECT(segmenter.Begin(vnet, packet.data(), packet.size()));
    std::vector<Bytes> out;
    while (!segmenter.Done()) {
        out.emplace_back(segmenter.NextLength());
        segmenter.Emit(out.back().data());
        ExpectValid(out.back());
    }
    return out;
}

Bytes MakeUdp(bool ipv4, size_t payload) {
    SegmentSpec spec;
    spec.ipv4 = ipv4;
    spec.options.clear();
    spec.payload = payload;
    Bytes packet = MakeSegment(spec);
    size_t upper = UpperOf(packet);
    // The TCP header's place holds 8 bytes of UDP and 12 of payload.
    packet[ipv4 ? 9 : 6] = 17;
    WriteBe16(packet.data() + upper + 4, packet.size() - upper);
    if (ipv4) {
        memset(packet.data() + 10, 0, 2);
        uint16_t sum = ChecksumFinish(ChecksumAdd(packet.data(), 20, 0));
        memcpy(packet.data() + 10, &sum, 2);
    }
    return packet;
}

void CutsTcp(bool ipv4) {
    SegmentSpec spec;
    spec.ipv4 = ipv4;
    spec.sequence = 0xfffffe00; // Wraps on the way.
    spec.flags = kAck | kPush | kFin | kCwr;
    spec.id = 0xfffe;
    spec.payload = 3 * 1000 + 1;
    Bytes packet = MakeSegment(spec);
    MakePartial(&packet, 6);
    VnetHeader vnet = HeaderFor(packet, 6, 1000);
    vnet.gso_type |= VnetHeader::kGsoEcn;
    std::vector<Bytes> segments = Cut(vnet, packet);
    EXPECT(segments.size() == 4);
    const size_t headers = packet.size() - spec.payload;
    Bytes payload;
    for (size_t i = 0; i < segments.size(); i++) {
        const uint8_t* t = segments[i].data() + UpperOf(packet);
        EXPECT(segments[i].size() == headers + (i == 3 ? 1 : 1000));
        EXPECT(ReadBe32(t + 4) == spec.sequence + static_cast<uint32_t>(i) * 1000);
        uint8_t expected = kAck;
        if (i == 0)
            expected |= kCwr;
        if (i == 3)
            expected |= kPush | kFin;
        EXPECT(t[13] == expected);
        EXPECT(memcmp(t + 20, spec.options.data(), spec.options.size()) == 0);
        if (ipv4)
            EXPECT(ReadBe16(segments[i].data() + 4) == static_cast<uint16_t>(0xfffe + i));
        payload.insert(payload.end(), segments[i].begin() + static_cast<long>(headers),
                       segments[i].end());
    }
    EXPECT(payload == Bytes(packet.begin() + static_cast<long>(headers), packet.end()));
}

void CutsUdp(bool ipv4) {
    Bytes packet = MakeUdp(ipv4, 2500);
    MakePartial(&packet, 17);
    std::vector<Bytes> segments = Cut(HeaderFor(packet, 17, 1200), packet);
    EXPECT(segments.size() == 3);
    EXPECT(segments[0].size() == UpperOf(packet) + 8 + 1200);
    EXPECT(segments[2].size() == UpperOf(packet) + 8 + 2512 - 2400);
}

/// A destination-options header between IPv6 and TCP; the sum comes from the field, as with a
/// routing header, whose packet does not show the final destination.
void CutsBehindExtensionHeader() {
    SegmentSpec spec;
    spec.payload = 2000;
    Bytes plain = MakeSegment(spec);
    MakePartial(&plain, 6);
    const Bytes extension = {6, 0, 1, 4, 0, 0, 0, 0};
    Bytes packet = plain;
    packet.insert(packet.begin() + 40, extension.begin(), extension.end());
    packet[6] = 60;
    WriteBe16(packet.data() + 4, packet.size() - 40);
    VnetHeader vnet = HeaderFor(packet, 6, 1500);
    vnet.csum_start = 48;
    Segmenter segmenter;
    EXPECT(segmenter.Begin(vnet, packet.data(), packet.size()));
    for (size_t size : {1500, 500}) {
        Bytes out(segmenter.NextLength());
        segmenter.Emit(out.data());
        EXPECT(IpPacketLength(out.data(), out.size()) == out.size());
        uint32_t length = static_cast<uint32_t>(out.size() - 48);
        EXPECT(length == 32 + size);
        uint64_t pseudo = PseudoHeaderSum6(out.data(), 6, length);
        EXPECT(ChecksumFinish(ChecksumAdd(out.data() + 48, length, pseudo)) == 0);
    }
    EXPECT(segmenter.Done());
}

void CompletesChecksums() {
    for (bool ipv4 : {false, true}) {
        SegmentSpec spec;
        spec.ipv4 = ipv4;
        spec.payload = 333;
        Bytes tcp = MakeSegment(spec);
        const Bytes before = tcp;
        VnetHeader vnet = HeaderFor(tcp, 6, 0);
        MakePartial(&tcp, 6);
        EXPECT(tcp != before);
        EXPECT(CompleteChecksum(vnet, tcp.data(), tcp.size()));
        EXPECT(tcp == before);
        vnet.flags = 0;
        EXPECT(CompleteChecksum(vnet, tcp.data(), tcp.size()) && tcp == before);
    }
    // UDP: a sum of zero is sent as ffff, since zero means "none" (RFC 768).
    Bytes udp = MakeUdp(false, 20);
    uint8_t* p = udp.data();
    size_t last = udp.size() - 2;
    WriteBe16(p + last, 0);
    MakePartial(&udp, 17);
    uint16_t missing = ChecksumFinish(ChecksumAdd(p + 40, udp.size() - 40, 0));
    memcpy(p + last, &missing, 2);
    EXPECT(CompleteChecksum(HeaderFor(udp, 17, 0), p, udp.size()));
    EXPECT(ReadBe16(p + 46) == 0xffff);
    // Points outside: nothing is touched.
    for (auto [start, offset] : {std::pair{40, 1000}, {1000, 6}, {65535, 65535}}) {
        VnetHeader vnet = HeaderFor(udp, 17, 0);
        vnet.csum_start = static_cast<uint16_t>(start);
        vnet.csum_offset = static_cast<uint16_t>(offset);
        const Bytes before = udp;
        EXPECT(!CompleteChecksum(vnet, udp.data(), udp.size()) && udp == before);
    }
    VnetHeader vnet = HeaderFor(udp, 17, 0);
    vnet.csum_start = 0;
    vnet.csum_offset = static_cast<uint16_t>(udp.size() - 1);
    EXPECT(!CompleteChecksum(vnet, udp.data(), udp.size()));
}

void RefusesMismatches() {
    struct Row {
        const char* name;
        bool ipv4;
        std::function<void(VnetHeader&, Bytes&)> damage;
    };
    const Row rows[] = {
        {"segment size zero", false, [](VnetHeader& v, Bytes&) { v.gso_size = 0; }},
        {"IP fragments (UFO)", false, [](VnetHeader& v, Bytes&) { v.gso_type = 3; }},
        {"unknown kind", false, [](VnetHeader& v, Bytes&) { v.gso_type = 9; }},
        {"IPv4 kind, IPv6 packet", false,
         [](VnetHeader& v, Bytes&) { v.gso_type = VnetHeader::kGsoTcp4; }},
        {"IPv6 kind, IPv4 packet", true,
         [](VnetHeader& v, Bytes&) { v.gso_type = VnetHeader::kGsoTcp6; }},
        {"TCP kind, UDP packet", false, [](VnetHeader&, Bytes& p) { p[6] = 17; }},
        {"TCP kind, UDP packet over IPv4", true, [](VnetHeader&, Bytes& p) { p[9] = 17; }},
        {"UDP kind, TCP packet", false,
         [](VnetHeader& v, Bytes&) { v.gso_type = VnetHeader::kGsoUdp; }},
        {"checksum field elsewhere", false, [](VnetHeader& v, Bytes&) { v.csum_offset = 6; }},
        {"checksummed part inside the IPv6 header", false,
         [](VnetHeader& v, Bytes&) { v.csum_start = 39; }},
        {"checksummed part not behind the IPv4 header", true,
         [](VnetHeader& v, Bytes&) { v.csum_start = 24; }},
        {"checksummed part outside", false, [](VnetHeader& v, Bytes&) { v.csum_start = 60000; }},
        {"checksummed part at the very end", false,
         [](VnetHeader& v, Bytes& p) { v.csum_start = static_cast<uint16_t>(p.size() - 5); }},
        {"short TCP header", false, [](VnetHeader&, Bytes& p) { p[52] = 0x40; }},
        {"TCP header longer than the packet", false,
         [](VnetHeader&, Bytes& p) { p.resize(40 + 24); }},
        {"no payload", false, [](VnetHeader&, Bytes& p) { p.resize(40 + 32); }},
        {"cut inside the TCP header", false, [](VnetHeader&, Bytes& p) { p.resize(45); }},
        {"cut inside the IPv6 header", false, [](VnetHeader&, Bytes& p) { p.resize(20); }},
        {"cut inside the IPv4 header", true, [](VnetHeader&, Bytes& p) { p.resize(12); }},
        {"empty", false, [](VnetHeader&, Bytes& p) { p.resize(0); }},
        {"short IPv4 header", true, [](VnetHeader&, Bytes& p) { p[0] = 0x44; }},
        {"IPv4 fragment", true, [](VnetHeader&, Bytes& p) { p[7] = 1; }},
        {"no IP", false, [](VnetHeader&, Bytes& p) { p[0] = 0x50; }},
    };
    for (const Row& row : rows) {
        CaseName() = row.name;
        SegmentSpec spec;
        spec.ipv4 = row.ipv4;
        Bytes packet = MakeSegment(spec);
        VnetHeader vnet = HeaderFor(packet, 6, 500);
        {
            Segmenter segmenter;
            EXPECT(segmenter.Begin(vnet, packet.data(), packet.size()));
        }
        row.damage(vnet, packet);
        Bytes exact(packet.begin(), packet.end());
        Segmenter segmenter;
        EXPECT(!segmenter.Begin(vnet, exact.data(), exact.size()));
        EXPECT(segmenter.Done());
    }
}

/// Nothing that a header says makes the code leave the packet or the room that it asked for.
void SurvivesAnything(int rounds, uint32_t seed) {
    std::mt19937 random(seed);
    auto below = [&](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
    int accepted = 0;
    for (int round = 0; round < rounds; round++) {
        SegmentSpec spec;
        spec.ipv4 = below(2) != 0;
        spec.payload = below(3000);
        Bytes packet = below(4) == 0 ? MakeUdp(spec.ipv4, spec.payload) : MakeSegment(spec);
        VnetHeader vnet =
            HeaderFor(packet, below(4) == 0 ? 17 : 6, static_cast<uint16_t>(1 + below(1500)));
        for (uint32_t n = below(4); n > 0; n--) {
            packet[below(static_cast<uint32_t>(packet.size()))] = static_cast<uint8_t>(random());
        }
        for (uint32_t n = below(3); n > 0; n--) {
            packet[below(40)] = static_cast<uint8_t>(random());
        }
        if (below(4) == 0) {
            reinterpret_cast<uint8_t*>(&vnet)[below(sizeof vnet)] = static_cast<uint8_t>(random());
        }
        if (below(8) == 0)
            packet.resize(below(static_cast<uint32_t>(packet.size())));
        Bytes exact(packet.begin(), packet.end());
        Segmenter segmenter;
        if (segmenter.Begin(vnet, exact.data(), exact.size())) {
            accepted++;
            size_t payload = 0;
            while (!segmenter.Done()) {
                Bytes out(segmenter.NextLength());
                segmenter.Emit(out.data());
                EXPECT(out.size() <= exact.size());
                payload += out.size();
            }
            EXPECT(payload >= exact.size());
        }
        CompleteChecksum(vnet, exact.data(), exact.size());
    }
    EXPECT(rounds < 1000 || accepted > rounds / 10);
}

} // namespace

} // namespace tuntap2::test

int main(int argc, char** argv) {
    using namespace tuntap2::test;
    int rounds = argc > 1 ? atoi(argv[1]) : 20000;
    uint32_t seed = argc > 2 ? static_cast<uint32_t>(strtoul(argv[2], nullptr, 10)) : 1;
    for (bool ipv4 : {false, true}) {
        CaseName() = ipv4 ? "IPv4" : "IPv6";
        CutsTcp(ipv4);
        CutsUdp(ipv4);
    }
    CaseName() = "extension header";
    CutsBehindExtensionHeader();
    CaseName() = "checksums";
    CompletesChecksums();
    RefusesMismatches();
    CaseName() = "random, seed " + std::to_string(seed);
    SurvivesAnything(rounds, seed);
    puts("segment_test: passed");
}
