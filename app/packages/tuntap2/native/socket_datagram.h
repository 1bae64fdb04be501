#pragma once

#include "node_api.h"

namespace tuntap2::sockets {

/// openDatagram(): an AF_UNIX datagram handle with `bind(name)`, `connect(name)`, `send(data, to,
/// fds)` and `start(buffer, maxFds, onMessage, onFailure, onWritable)`, or a failure.
napi_value OpenDatagram(napi_env env, napi_callback_info info);

} // namespace tuntap2::sockets
