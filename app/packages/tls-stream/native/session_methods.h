#pragma once

#include "node_api.h"

namespace tlsstream {

/// openSession(context, fd, serverName, pins, acceptsNotYetValid, keyRecords, keySeconds, onEvent):
/// a session on a duplicate of the descriptor, or an error number. See src/native.ts.
napi_value OpenSession(napi_env env, napi_callback_info info);

} // namespace tlsstream
