#pragma once

#include "node_api.h"

namespace tuntap2 {

/// endProcess(status): does not return.
napi_value EndProcess(napi_env env, napi_callback_info info);

} // namespace tuntap2
