// Which floods are thinned, how far, and how they are released.

#include "../flow_thinner.h"

#include <algorithm>

#include "check.h"

namespace tuntap2::test {

namespace {

constexpr Microseconds kPeriod = 50000;

FlowKey Key(uint32_t ports) {
    FlowKey key;
    key.protocol = 17;
    key.has_ports = true;
    key.ports = ports;
    return key;
}

/// A flow that sends `rate` packets in a period to a queue that serves `served` of them.
struct Flood {
    FlowThinner* thinner;
    FlowKey key = Key(1);
    uint32_t backlog = 1 << 20;
    Microseconds now = 0;

    double Pass() const {
        ThinnedFlow rules[FlowThinner::kMost];
        const size_t count = thinner->Rules(rules);
        for (size_t i = 0; i < count; i++) {
            if (rules[i].key == key)
                return rules[i].pass / 4294967296.0;
        }
        return 1;
    }

    void Period(double rate, double served) {
        const auto arrived = static_cast<uint32_t>(rate * Pass());
        const auto lost = static_cast<uint32_t>(std::max(0.0, rate * Pass() - served));
        backlog = lost != 0 ? 1 << 20 : 0;
        thinner->Lost(key, &backlog);
        for (uint32_t i = 0; i < arrived; i++)
            thinner->Arrived(key);
        for (uint32_t i = 1; i < lost; i++)
            thinner->Lost(key, &backlog);
        now += kPeriod;
        thinner->Update(now, true);
        thinner->Update(now, true); // what the change had to wait for is over
    }
};

void LeavesAFlowThatReacts() {
    FlowThinner thinner;
    Flood flow{&thinner};
    for (int i = 0; i < 50; i++)
        flow.Period(1000, 990);
    EXPECT(flow.Pass() == 1 && !thinner.IsThinning() && thinner.refused() == 0);
}

void BearsAShortFlood() {
    FlowThinner thinner;
    Flood flow{&thinner};
    for (int i = 0; i < 20; i++) {
        flow.Period(5000, 1000);
        flow.Period(1000, 1000);
    }
    EXPECT(flow.Pass() == 1);
}

void LeavesALittleMoreThanItsShare() {
    FlowThinner thinner;
    Flood flow{&thinner};
    for (int i = 0; i < 200; i++) {
        flow.Period(10000, 1000);
        if (i > 20)
            EXPECT(flow.Pass() > 0.07 && flow.Pass() < 0.2);
    }
    EXPECT(thinner.IsThinning());
    // Nine of ten were refused.
    EXPECT(thinner.refused() > 190 * 8000 && thinner.refused() < 200 * 9500);
}

void CountsWhatTheKernelLost() {
    FlowThinner thinner;
    uint32_t backlog = 1 << 20;
    Microseconds now = 0;
    for (int period = 0; period < 4; period++) {
        thinner.Lost(Key(1), &backlog);
        for (int i = 0; i < 1000; i++)
            thinner.Arrived(Key(1));
        thinner.LostUnseen(9000);
        thinner.Update(now += kPeriod, true);
    }
    ThinnedFlow rules[FlowThinner::kMost];
    EXPECT(thinner.Rules(rules) == 1);
    EXPECT(rules[0].pass < 4294967296.0 * 0.2);
}

void WaitsUntilAChangeShows() {
    FlowThinner thinner;
    Flood flow{&thinner};
    while (flow.Pass() == 1)
        flow.Period(10000, 1000);
    const double first = flow.Pass();
    thinner.Lost(flow.key, &flow.backlog);
    // The next overload is another change, behind which the kernel is not empty yet.
    for (int i = 0; i < 1000; i++) {
        thinner.Arrived(flow.key);
        thinner.Lost(flow.key, &flow.backlog);
    }
    EXPECT(thinner.Update(flow.now += kPeriod, false));
    const double second = flow.Pass();
    EXPECT(second < first && thinner.IsSettling());
    for (int i = 0; i < 1000; i++) {
        thinner.Arrived(flow.key);
        thinner.Lost(flow.key, &flow.backlog);
    }
    EXPECT(!thinner.Update(flow.now += kPeriod, false) && flow.Pass() == second);
    EXPECT(!thinner.Update(flow.now += kPeriod, true) && !thinner.IsSettling());
    EXPECT(flow.Pass() == second);
}

void Releases() {
    FlowThinner thinner;
    Flood flow{&thinner};
    for (int i = 0; i < 50; i++)
        flow.Period(10000, 1000);
    for (int i = 0; i < 20; i++) {
        thinner.Update(flow.now += kPeriod, true);
        thinner.Update(flow.now, true);
    }
    EXPECT(flow.Pass() == 1 && !thinner.IsThinning() && !thinner.IsWatching());

    for (int i = 0; i < 50; i++)
        flow.Period(10000, 1000);
    EXPECT(flow.Pass() < 1);
    for (int i = 0; i < 50; i++)
        flow.Period(900, 1000);
    EXPECT(flow.Pass() == 1);
}

void WatchesAFewOnly() {
    FlowThinner thinner;
    uint32_t backlog = 1 << 20;
    Microseconds now = 0;
    for (int period = 0; period < 10; period++) {
        for (uint32_t flow = 0; flow < 100; flow++) {
            for (int i = 0; i < 100; i++) {
                thinner.Lost(Key(flow), &backlog);
                thinner.Arrived(Key(flow));
            }
        }
        thinner.Update(now += kPeriod, true);
        thinner.Update(now, true);
    }
    ThinnedFlow rules[FlowThinner::kMost];
    EXPECT(thinner.Rules(rules) == FlowThinner::kMost);
}

} // namespace

} // namespace tuntap2::test

int main() {
    using namespace tuntap2::test;
    const std::pair<const char*, void (*)()> tests[] = {
        {"leaves a flow that reacts", LeavesAFlowThatReacts},
        {"bears a short flood", BearsAShortFlood},
        {"leaves a little more than its share", LeavesALittleMoreThanItsShare},
        {"counts what the kernel lost", CountsWhatTheKernelLost},
        {"waits until a change shows", WaitsUntilAChangeShows},
        {"releases", Releases},
        {"watches a few only", WatchesAFewOnly},
    };
    for (auto [name, test] : tests) {
        CaseName() = name;
        test();
    }
    puts("flow_thinner_test: passed");
}
