#pragma once

#include "node_api.h"

namespace tuntap2 {

/// tryLock(fd): 0, or the errno of flock(2); EWOULDBLOCK when another open file has the lock.
napi_value TryLock(napi_env env, napi_callback_info info);

} // namespace tuntap2
