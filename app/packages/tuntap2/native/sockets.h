#pragma once

#include "node_api.h"

namespace tuntap2 {

/// Adds TCP connect, route probe, rtnetlink and AF_UNIX datagram functions to `exports`. False with
/// a pending exception on failure.
bool RegisterSockets(napi_env env, napi_value exports);

} // namespace tuntap2
