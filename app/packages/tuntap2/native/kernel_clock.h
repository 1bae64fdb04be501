#pragma once

#include "node_api.h"

namespace tuntap2 {

/// isClockSynchronized(): true or false, or undefined when the kernel does not report it to this
/// process.
napi_value IsClockSynchronized(napi_env env, napi_callback_info info);

} // namespace tuntap2
