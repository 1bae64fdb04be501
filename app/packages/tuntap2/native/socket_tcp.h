#pragma once

#include "node_api.h"

namespace tuntap2::sockets {

/// connectTcp(options, done): options of `NativeConnectOptions` in src/native-sockets.ts; `done`
/// gets the connected descriptor or a failure.
napi_value ConnectTcp(napi_env env, napi_callback_info info);

/// openUdp(version, mark): the descriptor of an unconnected socket for IPv4 (4) or IPv6 (6), or a
/// failure.
napi_value OpenUdp(napi_env env, napi_callback_info info);

/// probeRoute(address, port, mark): the local address towards it, or a failure.
napi_value ProbeRoute(napi_env env, napi_callback_info info);

} // namespace tuntap2::sockets
