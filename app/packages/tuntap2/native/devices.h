#pragma once

#include "node_api.h"

namespace tuntap2 {

/// Adds the TUN, TAP and Ethernet device classes to `exports`. False with a pending exception on failure.
bool RegisterDevices(napi_env env, napi_value exports);

} // namespace tuntap2
