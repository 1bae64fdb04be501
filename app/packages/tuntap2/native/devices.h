#pragma once

#include "node_api.h"

namespace tuntap2 {

/// Adds `openTun` and `openEthernet` to `exports`. False with a pending exception on failure.
bool RegisterDevices(napi_env env, napi_value exports);

} // namespace tuntap2
