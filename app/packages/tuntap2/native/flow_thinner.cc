#include "flow_thinner.h"

#include <algorithm>

namespace tuntap2 {

namespace {

/// A sender that reacts to losses loses less than a quarter.
constexpr double kGreatLoss = 0.25;
/// How much more than the share passes.
constexpr double kSurplus = 1.15;
constexpr double kGentleCut = 0.6;
constexpr double kRelease = 1.25;
constexpr double kLeastPass = 1.0 / 128;

} // namespace

void FlowThinner::Lost(const FlowKey& key, const uint32_t* backlog) {
    for (size_t i = 0; i < count_; i++) {
        if (flows_[i].key == key) {
            flows_[i].lost++;
            return;
        }
    }
    if (count_ == kMost)
        return;
    flows_[count_] = {};
    flows_[count_].key = key;
    flows_[count_].backlog = backlog;
    count_++;
}

void FlowThinner::BeginPeriod(Microseconds now) {
    period_end_ = now + kPeriod;
    arrived_ = lost_unseen_ = 0;
    for (size_t i = 0; i < count_; i++)
        flows_[i].arrived = flows_[i].lost = 0;
}

bool FlowThinner::Update(Microseconds now, bool isEmptied) {
    if (is_settling_) {
        if (!isEmptied && now < changed_ + kLongestSettling)
            return false;
        is_settling_ = false;
        BeginPeriod(now);
        return false;
    }
    if (now < period_end_)
        return false;
    const double unseen = arrived_ == 0 ? 0 : lost_unseen_ / arrived_;
    bool hasChanged = false;
    size_t kept = 0;
    is_thinning_ = false;
    for (size_t i = 0; i < count_; i++) {
        Watched& flow = flows_[i];
        hasChanged |= Judge(&flow, unseen);
        is_thinning_ |= flow.pass < 1;
        if (flow.pass < 1 || flow.bad_periods != 0)
            flows_[kept++] = flow;
    }
    count_ = kept;
    BeginPeriod(now);
    if (hasChanged) {
        is_settling_ = true;
        changed_ = now;
    }
    return hasChanged;
}

/// `unseen`: packets that were lost in the kernel for each one that arrived.
bool FlowThinner::Judge(Watched* flow, double unseen) {
    const double before = flow->pass;
    const double arrived = flow->arrived * (1 + unseen);
    const double served = flow->arrived - std::min(flow->lost, flow->arrived);
    refused_ += arrived * (1 - before) / before;
    if (flow->arrived < kLeastArrived) {
        flow->bad_periods = 0;
        flow->pass = std::min(1.0, before * 2);
    } else if (served < arrived * (1 - kGreatLoss)) {
        flow->bad_periods++;
        const double part = kSurplus * served / arrived;
        // Receiving too much depresses what is served, so a share that was about right is not cut
        // to what such a period shows.
        if (before < 1) {
            flow->pass = before * std::max(part, kGentleCut);
        } else if (flow->bad_periods >= kPatience) {
            flow->pass = part;
        }
        flow->pass = std::max(flow->pass, kLeastPass);
    } else {
        flow->bad_periods = 0;
        if (*flow->backlog < kSmallBacklog)
            flow->pass = std::min(1.0, before * kRelease);
    }
    return flow->pass != before;
}

size_t FlowThinner::Rules(ThinnedFlow* out) const {
    size_t count = 0;
    for (size_t i = 0; i < count_; i++) {
        if (flows_[i].pass < 1)
            out[count++] = {flows_[i].key, static_cast<uint32_t>(flows_[i].pass * 0xffffffffu)};
    }
    return count;
}

} // namespace tuntap2
