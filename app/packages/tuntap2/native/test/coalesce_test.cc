// Joining is right when cutting gives back what went in: split(coalesce(x)) == x, byte for byte.
// Rows say what must and what must not be joined; random bursts look for what the rows forgot.
//
// usage: coalesce_test [ROUNDS [SEED]]

#include "../coalesce.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>

#include "../segment.h"
#include "frames.h"

namespace tuntap2::test {

namespace {

std::string g_case;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: failed: %s\n", __FILE__, __LINE__, g_case.c_str(),         \
                    #condition);                                                                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (false)

/// What the kernel sees of a message.
Bytes Gather(const OutMessage& message) {
    Bytes packet;
    for (int i = 0; i < message.pieces; i++) {
        const auto* data = static_cast<const uint8_t*>(message.iov[2 + i].iov_base);
        packet.insert(packet.end(), data, data + message.iov[2 + i].iov_len);
    }
    return packet;
}

/// What the kernel makes of it, and checks of all that it relies on.
void Split(const OutMessage& message, size_t headroom, const Bytes& burst,
           std::vector<Bytes>* packets) {
    Bytes packet = Gather(message);
    CHECK(message.pieces >= 1 && message.pieces <= static_cast<int>(kMaxPieces));
    if (message.vnet.gso_type == VnetHeader::kGsoNone) {
        CHECK(message.packets == 1 && message.pieces == 1 && message.vnet.flags == 0);
        packets->push_back(packet);
        return;
    }
    CHECK(message.packets >= 2 && message.pieces == static_cast<int>(message.packets) + 1);
    CHECK(packet.size() <= 65535 && packet.size() < message.bytes);
    for (int i = 1; i < message.pieces; i++) {
        const auto* data = static_cast<const uint8_t*>(message.iov[2 + i].iov_base);
        CHECK(data >= burst.data() &&
              data + message.iov[2 + i].iov_len <= burst.data() + burst.size());
    }
    VnetHeader vnet = message.vnet;
    const bool ipv4 = IpVersion(packet.data()) == 4;
    CHECK(vnet.flags == VnetHeader::kNeedsChecksum);
    CHECK(vnet.gso_type == (ipv4 ? VnetHeader::kGsoTcp4 : VnetHeader::kGsoTcp6));
    CHECK(vnet.header_length == headroom + message.iov[2].iov_len);
    CHECK(vnet.csum_start == headroom + (ipv4 ? 20 : 40) && vnet.csum_offset == 16);
    vnet.csum_start = static_cast<uint16_t>(vnet.csum_start - headroom);

    // The partial checksum becomes right when it is completed.
    Bytes whole = packet;
    CHECK(CompleteChecksum(vnet, whole.data(), whole.size()));
    TcpSegment parsed;
    CHECK(parsed.Parse(whole.data(), whole.size()) && parsed.HasValidChecksums());

    Segmenter segmenter;
    CHECK(segmenter.Begin(vnet, packet.data(), packet.size()));
    size_t count = 0;
    for (; !segmenter.Done(); count++) {
        Bytes out(segmenter.NextLength());
        segmenter.Emit(out.data());
        packets->push_back(out);
    }
    CHECK(count == message.packets);
}

/// Plans the whole burst, `max` messages at a time, and checks it. Returns the number of messages.
size_t RoundTrip(const std::vector<Bytes>& packets, const Bytes& burst, size_t headroom,
                 size_t max) {
    static OutMessage messages[Coalescer::kMaxMessages];
    static Coalescer onTun(0), onEthernet(14);
    Coalescer& coalescer = headroom == 0 ? onTun : onEthernet;
    const Bytes before = burst;
    std::vector<Bytes> out;
    size_t total = 0, position = 0, bytes = 0;
    for (;;) {
        const size_t count =
            coalescer.Plan(burst.data() + position, burst.size() - position, messages, max);
        if (count == 0)
            break;
        CHECK(count <= max);
        size_t end = 0;
        for (size_t i = 0; i < count; i++) {
            const size_t first = out.size();
            Split(messages[i], headroom, burst, &out);
            size_t length = 0, frames = 0;
            for (size_t k = first; k < out.size(); k++) {
                length += out[k].size();
                frames += out[k].size() + 2;
            }
            CHECK(messages[i].bytes == length);
            CHECK(messages[i].end == end + frames);
            end = messages[i].end;
            bytes += length;
        }
        total += count;
        position += end;
    }
    CHECK(burst == before);
    CHECK(out.size() == packets.size());
    for (size_t i = 0; i < out.size(); i++)
        CHECK(out[i] == packets[i]);
    return total;
}

size_t Messages(const std::vector<Bytes>& packets) {
    const Bytes burst = MakeBurst(packets);
    const size_t count = RoundTrip(packets, burst, 0, Coalescer::kMaxMessages);
    CHECK(RoundTrip(packets, burst, 14, Coalescer::kMaxMessages) == count);
    return count;
}

SegmentSpec Next(SegmentSpec spec) {
    spec.sequence += static_cast<uint32_t>(spec.payload);
    spec.id++;
    return spec;
}

std::vector<Bytes> Series(SegmentSpec spec, size_t count) {
    std::vector<Bytes> packets;
    for (size_t i = 0; i < count; i++, spec = Next(spec))
        packets.push_back(MakeSegment(spec));
    return packets;
}

/// Two segments that would be joined but for what `change` does to the second.
void Pair(const char* name, size_t expected, const std::function<void(SegmentSpec*)>& change,
          const std::function<void(Bytes*)>& damage = nullptr) {
    for (const bool ipv4 : {false, true}) {
        g_case = std::string(name) + (ipv4 ? ", IPv4" : ", IPv6");
        SegmentSpec first;
        first.ipv4 = ipv4;
        SegmentSpec second = Next(first);
        if (change)
            change(&second);
        Bytes changed = MakeSegment(second);
        if (damage)
            damage(&changed);
        CHECK(Messages({MakeSegment(first), changed}) == expected);
        // As the first of the two it must not be joined either, or as well.
        SegmentSpec third = Next(second);
        if (damage)
            CHECK(Messages({MakeSegment(first), changed, MakeSegment(third)}) == 3);
    }
}

void Rows() {
    using S = SegmentSpec;
    Pair("neighbours", 1, nullptr);
    Pair("a shorter last one", 1, [](S* s) { s->payload = 10; });
    Pair("a longer one", 2, [](S* s) { s->payload = 1001; });
    Pair("the last one pushed", 1, [](S* s) { s->flags |= 0x08; });
    Pair("no payload", 2, [](S* s) { s->payload = 0; });
    Pair("a gap", 2, [](S* s) { s->sequence++; });
    Pair("an overlap", 2, [](S* s) { s->sequence--; });
    Pair("sent again", 2, [](S* s) { s->sequence -= 1000; });
    Pair("another acknowledgement", 2, [](S* s) { s->acknowledgement++; });
    Pair("another window", 2, [](S* s) { s->window++; });
    Pair("another time stamp", 2, [](S* s) { s->options[7]++; });
    Pair("more options", 2, [](S* s) { s->options.resize(16, 1); });
    Pair("no options", 2, [](S* s) { s->options.clear(); });
    Pair("another flow", 2, [](S* s) { s->flow++; });
    Pair("another hop limit", 2, [](S* s) { s->hop_limit--; });
    Pair("another traffic class", 2, [](S* s) { s->traffic_class = 0xb8; });
    Pair("congestion marked on the way", 2, [](S* s) { s->traffic_class = 3; });
    Pair("another urgent pointer", 2, [](S* s) { s->urgent = 1; });
    Pair("another reserved bit", 2, [](S* s) { s->reserved = 1; });
    const struct {
        const char* name;
        uint8_t flag;
    } ends[] = {{"FIN", 0x01}, {"SYN", 0x02}, {"RST", 0x04},
                {"URG", 0x20}, {"CWR", 0x80}, {"ECE on one only", 0x40}};
    for (const auto& [name, flag] : ends)
        Pair(name, 2, [flag = flag](S* s) { s->flags |= flag; });
    Pair("no ACK", 2, [](S* s) { s->flags = 0; });

    Pair("a damaged payload", 2, nullptr, [](Bytes* b) { b->back() ^= 1; });
    Pair("a damaged checksum", 2, nullptr,
         [](Bytes* b) { (*b)[((*b)[0] >> 4 == 4 ? 20 : 40) + 16] ^= 1; });
    Pair("bytes behind the packet", 2, nullptr, [](Bytes* b) { b->push_back(0); });
    Pair("a packet cut short", 2, nullptr, [](Bytes* b) { b->pop_back(); });

    g_case = "another flow label";
    SegmentSpec first, second = Next(first);
    second.flow_label++;
    CHECK(Messages({MakeSegment(first), MakeSegment(second)}) == 2);

    for (const auto& [name, change] :
         std::initializer_list<std::pair<const char*, std::function<void(S*)>>>{
             {"identification repeated", [](S* s) { s->id--; }},
             {"identification with a gap", [](S* s) { s->id++; }},
             {"may be fragmented", [](S* s) { s->fragment = 0; }},
             {"first fragment", [](S* s) { s->fragment = 0x2000; }},
             {"later fragment", [](S* s) { s->fragment = 1; }}}) {
        g_case = name;
        first = S{};
        first.ipv4 = true;
        second = Next(first);
        change(&second);
        CHECK(Messages({MakeSegment(first), MakeSegment(second)}) == 2);
    }
    g_case = "a damaged IPv4 header";
    Bytes damaged = MakeSegment(second = Next(first));
    damaged[10] ^= 1;
    CHECK(Messages({MakeSegment(first), damaged}) == 2);
}

/// Packets that are alike in what forbids joining them.
void Kinds() {
    const auto alike = [](const char* name, SegmentSpec spec, size_t at, uint8_t value) {
        g_case = name;
        std::vector<Bytes> packets = Series(spec, 2);
        CHECK(Messages(packets) == 1);
        for (Bytes& packet : packets) {
            packet[at] = value;
            FinishChecksums(&packet);
        }
        CHECK(Messages(packets) == 2);
    };
    SegmentSpec spec;
    alike("UDP", spec, 6, 17);
    alike("an extension header", spec, 6, 0);
    alike("a TCP header of no bytes", spec, 40 + 12, 0x00);
    alike("SYN", spec, 40 + 13, 0x12);
    alike("FIN", spec, 40 + 13, 0x11);
    alike("RST", spec, 40 + 13, 0x14);
    alike("URG", spec, 40 + 13, 0x30);
    alike("CWR", spec, 40 + 13, 0x90);
    alike("no ACK", spec, 40 + 13, 0x00);
    spec.ipv4 = true;
    alike("UDP on IPv4", spec, 9, 17);
    alike("first fragments", spec, 6, 0x20);
    alike("later fragments", spec, 7, 1);
    alike("IPv4 options", spec, 0, 0x46);

    // Four bytes of the header would count as data.
    g_case = "TCP headers of 16 bytes";
    SegmentSpec next = Next(SegmentSpec{});
    next.sequence += 4 + static_cast<uint32_t>(next.options.size());
    std::vector<Bytes> packets = {MakeSegment(SegmentSpec{}), MakeSegment(next)};
    for (Bytes& packet : packets) {
        packet[40 + 12] = 0x40;
        FinishChecksums(&packet);
    }
    CHECK(Messages(packets) == 2);
}

void Runs() {
    g_case = "64 segments";
    SegmentSpec spec;
    spec.payload = 500;
    CHECK(Messages(Series(spec, 64)) == 1);
    g_case = "65 segments";
    CHECK(Messages(Series(spec, 65)) == 2);
    g_case = "the size limit";
    spec.payload = 1400;
    CHECK(Messages(Series(spec, 46)) == 1);
    CHECK(Messages(Series(spec, 47)) == 2);
    g_case = "sequence and identification wrap";
    spec.sequence = 0xffffff00;
    spec.id = 0xfffe;
    spec.ipv4 = true;
    CHECK(Messages(Series(spec, 6)) == 1);
    g_case = "ECE on all";
    spec.flags = 0x50;
    CHECK(Messages(Series(spec, 6)) == 1);
    g_case = "PSH on all";
    spec.flags = 0x18;
    CHECK(Messages(Series(spec, 6)) == 6);
    g_case = "a short one ends a run";
    spec = SegmentSpec{};
    SegmentSpec small = Next(spec);
    small.payload = 999;
    const SegmentSpec last = Next(small);
    CHECK(Messages({MakeSegment(spec), MakeSegment(small), MakeSegment(last)}) == 2);
    g_case = "the longest options";
    spec.options.assign(40, 1);
    CHECK(Messages(Series(spec, 20)) == 1);
    g_case = "one byte of payload each";
    spec.payload = 1;
    CHECK(Messages(Series(spec, 64)) == 1);
    g_case = "flows in turn stay in order";
    SegmentSpec other = spec;
    other.flow = 9;
    CHECK(Messages({MakeSegment(spec), MakeSegment(other), MakeSegment(Next(spec)),
                    MakeSegment(Next(other))}) == 4);
    g_case = "a damaged first one";
    Bytes damaged = MakeSegment(spec);
    damaged.back() ^= 1;
    CHECK(Messages({damaged, MakeSegment(Next(spec)), MakeSegment(Next(Next(spec)))}) == 2);
    g_case = "more packets than messages";
    spec.flags = 0x18;
    CHECK(Messages(Series(spec, 200)) == 200);
    g_case = "nothing";
    CHECK(Messages({}) == 0);
    g_case = "empty frames";
    CHECK(Messages({{}, {}, {0x60}}) == 3);
}

void BrokenEnd() {
    g_case = "a burst that ends inside a frame";
    const std::vector<Bytes> packets = Series(SegmentSpec{}, 3);
    for (size_t cut = 1; cut < packets[2].size() + 2; cut++) {
        Bytes burst = MakeBurst(packets);
        burst.resize(burst.size() - cut);
        burst.shrink_to_fit();
        CHECK(RoundTrip({packets[0], packets[1]}, burst, 0, Coalescer::kMaxMessages) == 1);
    }
}

/// Bursts of a few flows that mostly go on as they should, with everything changed now and then.
void RandomBursts(uint64_t rounds, uint32_t seed) {
    std::mt19937 random(seed);
    const auto below = [&random](uint32_t limit) {
        return static_cast<uint32_t>(random() % limit);
    };
    uint64_t packetCount = 0, messageCount = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        g_case = "round " + std::to_string(round) + " of seed " + std::to_string(seed);
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
    g_case = "random bursts";
    CHECK(rounds < 100 || messageCount * 2 < packetCount);
}

} // namespace

} // namespace tuntap2::test

int main(int argc, char** argv) {
    using namespace tuntap2::test;
    const uint64_t rounds = argc > 1 ? strtoull(argv[1], nullptr, 10) : 3000;
    const uint32_t seed =
        argc > 2 ? static_cast<uint32_t>(strtoul(argv[2], nullptr, 10)) : std::random_device()();
    Rows();
    Kinds();
    Runs();
    BrokenEnd();
    RandomBursts(rounds, seed);
    puts("coalesce_test: passed");
}
