#include "codel.h"

#include <cmath>

namespace tuntap2 {

namespace {

/// A pause shorter than this many intervals goes on where dropping stopped (RFC 8289 section 5.4).
constexpr Microseconds kMemory = 16;

} // namespace

Microseconds Codel::Next(const Settings& settings, Microseconds from) const {
    const float divisor = std::sqrt(static_cast<float>(count_));
    return from + static_cast<Microseconds>(static_cast<float>(settings.interval) / divisor);
}

bool Codel::IsStanding(const Settings& settings, Microseconds now, Microseconds waited,
                       bool isLast) {
    if (waited < settings.target || isLast) {
        above_until_ = 0;
        return false;
    }
    if (above_until_ == 0) {
        above_until_ = now + settings.interval;
        return false;
    }
    return now >= above_until_;
}

bool Codel::ShouldDrop(const Settings& settings, Microseconds now, Microseconds waited,
                       bool isLast) {
    const bool isStanding = IsStanding(settings, now, waited, isLast);
    if (!is_dropping_) {
        if (!isStanding)
            return false;
        is_dropping_ = true;
        const uint32_t recent = count_ - last_count_;
        const bool isRecent = now < next_drop_ + kMemory * settings.interval;
        count_ = isRecent && recent > 1 ? recent : 1;
        last_count_ = count_;
        next_drop_ = Next(settings, now);
        return true;
    }
    if (!isStanding) {
        is_dropping_ = false;
        return false;
    }
    if (now < next_drop_)
        return false;
    count_++;
    next_drop_ = Next(settings, next_drop_);
    return true;
}

} // namespace tuntap2
