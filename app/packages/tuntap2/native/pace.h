// How fast frames leave the kernel's queue in front of a port, and with that, how long they may
// have waited there: the kernel does not say how many wait, but what it holds at most is known.

#pragma once

#include <cstddef>

#include "codel.h"
#include "port.h"

namespace tuntap2 {

class Pace {
  public:
    bool IsRunning() const { return since_ != 0; }
    void Stop() { since_ = 0; }
    void Restart(Microseconds now) {
        since_ = now;
        frames_ = 0;
        bytes_ = 0;
    }

    void Received(size_t frames) { frames_ += frames; }
    void Passed(size_t bytes) { bytes_ += bytes; }

    Microseconds Lasted(Microseconds now) const { return now - since_; }

    /// Whether even a full queue is through within `kQuick`, if all goes on as since the last
    /// restart.
    bool IsQuick(const Backlog& most, Microseconds now) const {
        const Microseconds lasted = Lasted(now);
        return most.frames != 0 &&
               (frames_ * kQuick >= most.frames * lasted || bytes_ * kQuick >= most.bytes * lasted);
    }

  private:
    /// What a flow's own queue may take, too, before it is shortened.
    static constexpr Microseconds kQuick = 40000;

    Microseconds since_ = 0; ///< 0: stopped.
    uint64_t frames_ = 0;
    uint64_t bytes_ = 0;
};

} // namespace tuntap2
