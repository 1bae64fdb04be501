#include "packet_filter.h"

#include <cstddef>
#include <cstring>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "ip_packet.h"

namespace tuntap2 {

namespace {

constexpr uint32_t kAncillary = static_cast<uint32_t>(SKF_AD_OFF);
constexpr uint32_t kWhole = 0x40000;
constexpr uint32_t kNextHeader = sizeof(ethhdr) + 6;
constexpr uint32_t kDestination = sizeof(ethhdr) + 24;
constexpr uint32_t kShortest = sizeof(ethhdr) + kIpv6HeaderSize;
constexpr uint32_t kSource = offsetof(ethhdr, h_source);

constexpr sock_filter Load(uint16_t size, uint32_t at) {
    return BPF_STMT(static_cast<uint16_t>(BPF_LD | BPF_ABS | size), at);
}

constexpr sock_filter Jump(uint16_t test, uint32_t value, size_t ifTrue, size_t ifFalse) {
    return BPF_JUMP(static_cast<uint16_t>(BPF_JMP | BPF_K | test), value,
                    static_cast<uint8_t>(ifTrue), static_cast<uint8_t>(ifFalse));
}

constexpr sock_filter Return(uint32_t value) {
    return BPF_STMT(BPF_RET | BPF_K, value);
}

} // namespace

PacketFilter::PacketFilter(FrameShare share, const uint8_t* known, const ThinnedFlow* thinned,
                           size_t count) {
    const bool isData = share == FrameShare::kData;
    const uint32_t other = share == FrameShare::kOtherControl ? kWhole : 0;
    const uint32_t fromKnown =
        known == nullptr ? other : (share == FrameShare::kKnownControl ? kWhole : 0);
    uint8_t mac[6] = {};
    if (known != nullptr)
        memcpy(mac, known, sizeof mac);

    const size_t rules = isData ? count : 0;
    size_t data = 0; // instructions between the check of the destination and the control frames
    for (size_t i = 0; i < rules; i++)
        data += RuleLength(thinned[i]);

    Add(Load(BPF_B, kAncillary + SKF_AD_PKTTYPE));
    Add(Jump(BPF_JEQ, PACKET_OUTGOING, 22 + data, 0));
    Add(Jump(BPF_JEQ, PACKET_OTHERHOST, 21 + data, 0));
    Add(Load(BPF_B, kAncillary + SKF_AD_VLAN_TAG_PRESENT));
    Add(Jump(BPF_JEQ, 0, 0, 20 + data));
    Add(Load(BPF_H, offsetof(ethhdr, h_proto)));
    Add(Jump(BPF_JEQ, ETH_P_8021Q, 18 + data, 0));
    Add(Jump(BPF_JEQ, ETH_P_8021AD, 17 + data, 0));
    Add(Jump(BPF_JEQ, ETH_P_IPV6, 0, 9 + data));
    Add(BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0));
    Add(Jump(BPF_JGE, kShortest, 0, 7 + data));
    Add(Load(BPF_B, kDestination));
    Add(Jump(BPF_JEQ, 0xff, 5 + data, 0));
    Add(Jump(BPF_JEQ, 0xfe, 0, 3));
    Add(Load(BPF_B, kDestination + 1));
    Add(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xc0));
    Add(Jump(BPF_JEQ, 0x80, 1 + data, 0));
    for (size_t i = 0; i < rules; i++)
        AddRule(thinned[i]);
    Add(Return(isData ? kWhole : 0));
    // Control frames.
    Add(Load(BPF_W, kSource));
    Add(Jump(BPF_JEQ, ReadBe32(mac), 0, 3));
    Add(Load(BPF_H, kSource + 4));
    Add(Jump(BPF_JEQ, ReadBe16(mac + 4), 0, 1));
    Add(Return(fromKnown));
    Add(Return(other));
    Add(Return(0));
    // With a VLAN tag: cut so short that the reader counts it as unusable, once.
    Add(Return(share == FrameShare::kOtherControl ? 1 : 0));
}

size_t PacketFilter::RuleLength(const ThinnedFlow& flow) {
    return flow.key.has_ports ? kLongestRule : kLongestRule - 2;
}

/// The kernel refuses a frame that is too short for the ports when it loads them; it has the
/// flood's destination and protocol, so no other flow loses it.
void PacketFilter::AddRule(const ThinnedFlow& flow) {
    const size_t end = length_ + RuleLength(flow);
    const auto mustBe = [&](uint16_t size, uint32_t at, uint32_t value) {
        Add(Load(size, at));
        Add(Jump(BPF_JEQ, value, 0, end - length_ - 1));
    };
    for (uint32_t at = 0; at < sizeof flow.key.destination; at += 4)
        mustBe(BPF_W, kDestination + at, ReadBe32(flow.key.destination + at));
    mustBe(BPF_B, kNextHeader, flow.key.protocol);
    if (flow.key.has_ports)
        mustBe(BPF_W, kShortest, flow.key.ports);
    Add(Load(BPF_W, kAncillary + SKF_AD_RANDOM));
    Add(Jump(BPF_JGT, flow.pass, 0, 1));
    Add(Return(0));
}

} // namespace tuntap2
