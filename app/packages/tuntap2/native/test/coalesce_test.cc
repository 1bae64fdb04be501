// What is joined and what is not, rule by rule; every row is also cut again and compared.

#include <functional>

#include "round_trip.h"

namespace tuntap2::test {

namespace {

size_t Messages(const std::vector<Bytes>& packets) {
    const Bytes burst = MakeBurst(packets);
    const size_t count = RoundTrip(packets, burst, 0, Coalescer::kMaxMessages);
    EXPECT(RoundTrip(packets, burst, 14, Coalescer::kMaxMessages) == count);
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
        CaseName() = std::string(name) + (ipv4 ? ", IPv4" : ", IPv6");
        SegmentSpec first;
        first.ipv4 = ipv4;
        SegmentSpec second = Next(first);
        if (change)
            change(&second);
        Bytes changed = MakeSegment(second);
        if (damage)
            damage(&changed);
        EXPECT(Messages({MakeSegment(first), changed}) == expected);
        // As the first of the two it must not be joined either, or as well.
        SegmentSpec third = Next(second);
        if (damage)
            EXPECT(Messages({MakeSegment(first), changed, MakeSegment(third)}) == 3);
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

    CaseName() = "another flow label";
    SegmentSpec first, second = Next(first);
    second.flow_label++;
    EXPECT(Messages({MakeSegment(first), MakeSegment(second)}) == 2);

    for (const auto& [name, change] :
         std::initializer_list<std::pair<const char*, std::function<void(S*)>>>{
             {"identification repeated", [](S* s) { s->id--; }},
             {"identification with a gap", [](S* s) { s->id++; }},
             {"may be fragmented", [](S* s) { s->fragment = 0; }},
             {"first fragment", [](S* s) { s->fragment = 0x2000; }},
             {"later fragment", [](S* s) { s->fragment = 1; }}}) {
        CaseName() = name;
        first = S{};
        first.ipv4 = true;
        second = Next(first);
        change(&second);
        EXPECT(Messages({MakeSegment(first), MakeSegment(second)}) == 2);
    }
    CaseName() = "a damaged IPv4 header";
    Bytes damaged = MakeSegment(second = Next(first));
    damaged[10] ^= 1;
    EXPECT(Messages({MakeSegment(first), damaged}) == 2);
}

/// Packets that are alike in what forbids joining them.
void Kinds() {
    const auto alike = [](const char* name, SegmentSpec spec, size_t at, uint8_t value) {
        CaseName() = name;
        std::vector<Bytes> packets = Series(spec, 2);
        EXPECT(Messages(packets) == 1);
        for (Bytes& packet : packets) {
            packet[at] = value;
            FinishChecksums(&packet);
        }
        EXPECT(Messages(packets) == 2);
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
    CaseName() = "TCP headers of 16 bytes";
    SegmentSpec next = Next(SegmentSpec{});
    next.sequence += 4 + static_cast<uint32_t>(next.options.size());
    std::vector<Bytes> packets = {MakeSegment(SegmentSpec{}), MakeSegment(next)};
    for (Bytes& packet : packets) {
        packet[40 + 12] = 0x40;
        FinishChecksums(&packet);
    }
    EXPECT(Messages(packets) == 2);
}

void Runs() {
    CaseName() = "64 segments";
    SegmentSpec spec;
    spec.payload = 500;
    EXPECT(Messages(Series(spec, 64)) == 1);
    CaseName() = "65 segments";
    EXPECT(Messages(Series(spec, 65)) == 2);
    CaseName() = "the size limit";
    spec.payload = 1400;
    EXPECT(Messages(Series(spec, 46)) == 1);
    EXPECT(Messages(Series(spec, 47)) == 2);
    CaseName() = "sequence and identification wrap";
    spec.sequence = 0xffffff00;
    spec.id = 0xfffe;
    spec.ipv4 = true;
    EXPECT(Messages(Series(spec, 6)) == 1);
    CaseName() = "ECE on all";
    spec.flags = 0x50;
    EXPECT(Messages(Series(spec, 6)) == 1);
    CaseName() = "PSH on all";
    spec.flags = 0x18;
    EXPECT(Messages(Series(spec, 6)) == 6);
    CaseName() = "a short one ends a run";
    spec = SegmentSpec{};
    SegmentSpec small = Next(spec);
    small.payload = 999;
    const SegmentSpec last = Next(small);
    EXPECT(Messages({MakeSegment(spec), MakeSegment(small), MakeSegment(last)}) == 2);
    CaseName() = "the longest options";
    spec.options.assign(40, 1);
    EXPECT(Messages(Series(spec, 20)) == 1);
    CaseName() = "one byte of payload each";
    spec.payload = 1;
    EXPECT(Messages(Series(spec, 64)) == 1);
    CaseName() = "flows in turn stay in order";
    SegmentSpec other = spec;
    other.flow = 9;
    EXPECT(Messages({MakeSegment(spec), MakeSegment(other), MakeSegment(Next(spec)),
                     MakeSegment(Next(other))}) == 4);
    CaseName() = "a damaged first one";
    Bytes damaged = MakeSegment(spec);
    damaged.back() ^= 1;
    EXPECT(Messages({damaged, MakeSegment(Next(spec)), MakeSegment(Next(Next(spec)))}) == 2);
    CaseName() = "more packets than messages";
    spec.flags = 0x18;
    EXPECT(Messages(Series(spec, 200)) == 200);
    CaseName() = "nothing";
    EXPECT(Messages({}) == 0);
    CaseName() = "empty frames";
    EXPECT(Messages({{}, {}, {0x60}}) == 3);
}

void BrokenEnd() {
    CaseName() = "a burst that ends inside a frame";
    const std::vector<Bytes> packets = Series(SegmentSpec{}, 3);
    for (size_t cut = 1; cut < packets[2].size() + 2; cut++) {
        Bytes burst = MakeBurst(packets);
        burst.resize(burst.size() - cut);
        burst.shrink_to_fit();
        EXPECT(RoundTrip({packets[0], packets[1]}, burst, 0, Coalescer::kMaxMessages) == 1);
    }
}

} // namespace

} // namespace tuntap2::test

int main() {
    using namespace tuntap2::test;
    Rows();
    Kinds();
    Runs();
    BrokenEnd();
    puts("coalesce_test: passed");
}
