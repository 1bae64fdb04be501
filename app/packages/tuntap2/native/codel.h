// When a queue has been standing, not only passing through a burst: the control law of CoDel (RFC
// 8289). One state per flow, the clock is the caller's.

#pragma once

#include <cstddef>
#include <cstdint>

namespace tuntap2 {

/// Microseconds of a clock that never goes back.
using Microseconds = uint64_t;

class Codel {
  public:
    struct Settings {
        Microseconds target; ///< What may stand.
        Microseconds
            interval; ///< For how long more than that may: a round trip of the slower kind.
    };

    /// Whether the packet now taken from the queue is to be dropped (or marked), which waited for
    /// `waited`. `isLast`: it leaves no more behind it than one packet, so nothing stands.
    bool ShouldDrop(const Settings& settings, Microseconds now, Microseconds waited, bool isLast);

  private:
    bool IsStanding(const Settings& settings, Microseconds now, Microseconds waited, bool isLast);
    Microseconds Next(const Settings& settings, Microseconds from) const;

    Microseconds above_until_ = 0; ///< When a queue above target counts as standing; 0: it is not.
    Microseconds next_drop_ = 0;
    uint32_t count_ = 0; ///< Drops since dropping began.
    uint32_t last_count_ = 0;
    bool is_dropping_ = false;
};

} // namespace tuntap2
