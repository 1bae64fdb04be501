#pragma once

#include "node_api.h"

namespace tuntap2::sockets {

/// connectFamily(family, address, port, timeoutMs, done): a stream socket of any family with an IP
/// address, connected on a thread of the pool; `done` gets the non-blocking descriptor or a
/// failure.
napi_value ConnectFamily(napi_env env, napi_callback_info info);

/// hasDatagrams(family): whether the family has datagram sockets; undefined where it has no
/// sockets.
napi_value HasDatagrams(napi_env env, napi_callback_info info);

/// adoptStream(fd): a handle with `start(buffer, onReadable, onWritable)`, `watch(events)`,
/// `read()`, `write(bytes, offset)` and `shutdown()`. See src/native-sockets.ts.
napi_value AdoptStream(napi_env env, napi_callback_info info);

} // namespace tuntap2::sockets
