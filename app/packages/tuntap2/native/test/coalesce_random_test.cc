// Random bursts look for what the rules of coalesce_test.cc forgot.
//
// usage: coalesce_random_test [ROUNDS [SEED]]

#include <cinttypes>
#include <random>

#include "round_trip.h"

namespace tuntap2::test {

namespace {

/// Bursts of a few flows that mostly go on as they should, with everything changed now and then.
void RandomBursts(uint64_t rounds, uint32_t seed) {
    std::mt19937 random(seed);
    const auto below = [&random](uint32_t limit) {
        return static_cast<uint32_t>(random() % limit);
    };
    uint64_t packetCount = 0, messageCount = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        CaseName() = "round " + std::to_string(round) + " of seed " + std::to_string(seed);
        SegmentSpec flows[3];
        for (uint8_t i = 0; i < 3; i++) {
            flows[i].ipv4 = below(3) == 0;
            flows[i].flow = static_cast<uint8_t>(1 + below(2));
            flows[i].sequence = static_cast<uint32_t>(random());
            flows[i].id = static_cast<uint16_t>(random());
            flows[i].options.assign(below(11) * 4, static_cast<uint8_t>(below(2)));
            flows[i].payload = below(8) == 0 ? 1 + below(40) : 1 + below(1400);
        }
        std::vector<Bytes> packets;
        uint32_t flow = 0;
        for (uint32_t i = below(120); i > 0; i--) {
            if (below(8) == 0)
                flow = below(3);
            SegmentSpec spec = flows[flow];
            spec.fill = static_cast<uint8_t>(random());
            switch (below(60)) {
            case 0:
                spec.flags ^= static_cast<uint8_t>(1 << below(8));
                break;
            case 1:
                spec.acknowledgement++;
                break;
            case 2:
                spec.window++;
                break;
            case 3:
                spec.payload = below(static_cast<uint32_t>(spec.payload) + 1);
                break;
            case 4:
                spec.payload += below(100);
                break;
            case 5:
                spec.sequence += below(2000);
                break;
            case 6:
                spec.traffic_class = static_cast<uint8_t>(random());
                break;
            case 7:
                spec.id++;
                break;
            case 8:
                spec.hop_limit--;
                break;
            case 9:
                spec.options.resize(below(11) * 4, 1);
                break;
            case 10:
                spec.fragment = static_cast<uint16_t>(random());
                break;
            case 11:
            case 12:
            case 13:
                spec.flags |= 0x08;
                break;
            default:
                break;
            }
            Bytes packet = MakeSegment(spec);
            flows[flow].sequence = spec.sequence + static_cast<uint32_t>(spec.payload);
            flows[flow].id = static_cast<uint16_t>(spec.id + 1);
            switch (below(40)) {
            case 0:
                packet[below(static_cast<uint32_t>(packet.size()))] ^=
                    static_cast<uint8_t>(1 << below(8));
                break;
            case 1:
                packet.resize(below(static_cast<uint32_t>(packet.size()) + 1));
                break;
            case 2:
                // Damage with a right checksum reaches further.
                packet[below(static_cast<uint32_t>(packet.size() < 60 ? packet.size() : 60))] ^=
                    static_cast<uint8_t>(1 << below(8));
                if (packet.size() >= 60 &&
                    (IpVersion(packet.data()) == 4 || IpVersion(packet.data()) == 6))
                    FinishChecksums(&packet);
                break;
            case 3:
                packet.assign(below(200), 0);
                for (uint8_t& byte : packet)
                    byte = static_cast<uint8_t>(random());
                break;
            default:
                break;
            }
            packets.push_back(packet);
        }
        const Bytes burst = MakeBurst(packets);
        const size_t max = 1 + below(Coalescer::kMaxMessages);
        messageCount += RoundTrip(packets, burst, below(2) * 14, max);
        packetCount += packets.size();
    }
    printf("%" PRIu64 " random bursts (seed %u): %" PRIu64 " packets in %" PRIu64 " messages\n",
           rounds, seed, packetCount, messageCount);
    // Else the bursts would prove nothing about joining.
    CaseName() = "random bursts";
    EXPECT(rounds < 100 || messageCount * 2 < packetCount);
}

} // namespace

} // namespace tuntap2::test

int main(int argc, char** argv) {
    const uint64_t rounds = argc > 1 ? strtoull(argv[1], nullptr, 10) : 3000;
    const uint32_t seed =
        argc > 2 ? static_cast<uint32_t>(strtoul(argv[2], nullptr, 10)) : std::random_device()();
    tuntap2::test::RandomBursts(rounds, seed);
    puts("coalesce_random_test: passed");
}
