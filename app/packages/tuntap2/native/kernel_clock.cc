// Whether anything keeps the kernel's clock right (adjtimex(2)). Reading needs no privilege, but a
// sandbox that protects the clock may forbid it.

#include "kernel_clock.h"

#include <sys/timex.h>

namespace tuntap2 {

napi_value IsClockSynchronized(napi_env env, napi_callback_info) {
    timex state = {};
    if (adjtimex(&state) < 0) {
        return nullptr;
    }
    napi_value result = nullptr;
    napi_get_boolean(env, (state.status & STA_UNSYNC) == 0, &result);
    return result;
}

} // namespace tuntap2
